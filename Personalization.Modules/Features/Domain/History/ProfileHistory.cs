using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics.X86;
using System.Text.Json;
using Personalization.Features.Contracts;
using Personalization.Features.Domain.Cold;
using Personalization.Kernel.Checkpoints;
using Personalization.Kernel.Collections;
using Personalization.Kernel.Privacy;
using Personalization.Tracking.Contracts;

namespace Personalization.Features.Domain.History;

/// <summary>
/// The recent events of all profiles, by profile number, one array of bytes each. What is kept is a function of the events alone, whatever the
/// order in which they came: the latest <see cref="HistoryOptions.MaxEvents"/> by (time, place in the log), of those the ones that lie
/// less than <see cref="HistoryOptions.Days"/> before the latest. Each profile is written by its partition's loop only. In the place of one that is
/// on disk only stands an empty array, another one for each cut; who reads it reads the disk, and its next event brings it back.
/// </summary>
[ProfileRows(ProfileTable)]
internal sealed class ProfileHistory(HistoryOptions options, EventNames names, KeptProperties kept, ICatalog catalog, MemoryBudget? memory = null)
    : IProfileHistory, ICheckpointed, ICheckpointObserver, IPersonalDataStore, IColdState
{
    private const byte ProfileTable = 32;

    /// <summary>Of an array, and its place in the table.</summary>
    private const int ArrayBytes = 32;
    private const int CacheLine = 64;

    /// <summary>One a thread: loops move from thread to thread, but none is left in the middle of an event.</summary>
    [ThreadStatic]
    private static HistoryScratch? t_scratch;

    private readonly ChunkedArray<byte[]?> _profiles = new();
    private readonly Lock _lock = new();
    private readonly List<int> _dirty = [];
    private readonly HistoryRules _rules = new(options);
    private readonly ColdRows _rows = new(ProfileTable);
    private byte[] _mark = Mark();
    private long _bytes;
    private int _profileCount;
    private int _cold;

    public string FileName => "features";

    /// <summary>Other bounds keep other events: they come from the log once more.</summary>
    public int Version => SettingsVersion.Of(1, $"{options.MaxEvents}/{options.Days}");

    public string Name => "features/history";

    public int ProfileCount => Volatile.Read(ref _profileCount);

    public long Bytes => Volatile.Read(ref _bytes);

    public int Capacity => _profiles.Capacity;

    public int ColdCount => Volatile.Read(ref _cold);

    public long ColdReads => _rows.Reads;

    private static HistoryScratch Scratch => t_scratch ??= new HistoryScratch();

    public bool TryRead(int profileId, ProfileFacts into)
    {
        into.Clear();
        if (Find(profileId) is not { } bytes)
        {
            return false;
        }

        _rules.Read(bytes, into);
        return true;
    }

    public bool TryRead(TrackedEvent trackedEvent, Arrival into)
    {
        if (Find(trackedEvent.ProfileId) is not { } bytes)
        {
            return false;
        }

        into.Begin(trackedEvent, Scratch.FactsOf(trackedEvent, kept));
        _rules.Place(bytes, into);
        return true;
    }

    /// <summary>
    /// Most of the time of a read is that of memory. Asks for the lines that the first events lie in; what the array is asked for itself, its length even, would
    /// be the wait that this is to spare.
    /// </summary>
    public unsafe void Prefetch(int profileId)
    {
        if (Sse.IsSupported && Slot(profileId) is { } bytes)
        {
            var start = (byte*)*(nint*)Unsafe.AsPointer(ref bytes);
            Sse.Prefetch0(start);
            Sse.Prefetch0(start + CacheLine);
            Sse.Prefetch0(start + (2 * CacheLine));
        }
    }

    /// <summary>Keeps what matters of an event. The profile's loop only.</summary>
    public void Apply(TrackedEvent trackedEvent)
    {
        var scratch = Scratch;
        scratch.Read(trackedEvent, kept);
        var before = Find(trackedEvent.ProfileId);
        var after = before is null
            ? _rules.Rewrite(null, scratch, kept)
            : _rules.Append(before, scratch, kept);
        Replace(trackedEvent.ProfileId, before, after);
    }

    /// <summary>One profile takes over the events of another, which then has none. The loop that owns both only.</summary>
    public void Merge(int fromProfileId, int intoProfileId)
    {
        if (fromProfileId == intoProfileId || Find(fromProfileId) is not { } from)
        {
            return;
        }

        var into = Find(intoProfileId);
        Replace(intoProfileId, into, into is null ? [.. from] : _rules.Merge(into, from, Scratch, kept));
        Remove(fromProfileId);
    }

    /// <summary>The loop that owns the profile, or anyone while the pipeline rests.</summary>
    public void Forget(int profileId)
    {
        if (Slot(profileId) is not null)
        {
            Remove(profileId);
        }
    }

    /// <summary>
    /// The profile's events as bytes, to be compared with those of another process or of a replay; empty when there are none. The same events
    /// give the same bytes, whatever the order in which they came.
    /// </summary>
    public byte[] Digest(int profileId)
    {
        if (Find(profileId) is not { } bytes)
        {
            return [];
        }

        var facts = new ProfileFacts();
        _rules.Read(bytes, facts);
        var encoder = new HistoryEncoder();
        encoder.Begin();
        foreach (ref readonly var fact in facts.Events)
        {
            encoder.Append(facts, in fact, kept);
        }

        return encoder.Written.ToArray();
    }

    /// <summary>Bytes that a profile's events take, room to grow included; 0 when there are none.</summary>
    public int BytesOf(int profileId) => Find(profileId)?.Length ?? 0;

    /// <summary>Takes back as many as fit, and marks the others, which are read when they are asked for.</summary>
    public void Load(CheckpointReader reader)
    {
        var room = memory?.LoadBytes(Bytes) ?? long.MaxValue;
        reader.Visit(ProfileTable, (id, value) => Publish((int)id, Bytes + value.Length + ArrayBytes <= room ? value.ToArray() : _mark));
        memory?.Loaded(Bytes);
    }

    public void OnPersisted(ICheckpointRows rows) => _rows.Attach(rows);

    public bool IsCold(int profileId) => Slot(profileId) is { Length: 0 };

    public bool Warm(int profileId)
    {
        while (Slot(profileId) is { Length: 0 } mark && ReadBack(profileId) is { } read)
        {
            if (Interlocked.CompareExchange(ref _profiles[profileId], read, mark) == mark)
            {
                Count(mark, read);
            }
        }

        return Slot(profileId) is not null;
    }

    public bool TryEvict(int profileId)
    {
        if (Slot(profileId) is not { Length: > 0 } bytes || HistoryHeader.Of(bytes).IsDirty)
        {
            return false;
        }

        Publish(profileId, _mark);
        return true;
    }

    public void Collect(CheckpointWriter writer)
    {
        _mark = Mark();
        foreach (var id in _dirty)
        {
            if (_profiles[id] is { Length: > 0 } bytes)
            {
                ref var header = ref HistoryHeader.Of(bytes);
                header.IsDirty = false;
                writer.Put(ProfileTable, id, bytes.AsSpan(0, header.Length));
            }
            else if (_profiles[id] is null)
            {
                writer.Delete(ProfileTable, id);
            }
        }

        _dirty.Clear();
    }

    public ValueTask<long> EraseAsync(ErasureSubject subject, CancellationToken cancellationToken)
    {
        long erased = 0;
        foreach (var id in subject.ProfileIds)
        {
            if (Slot(id) is not null)
            {
                Remove(id);
                erased++;
            }
        }

        return ValueTask.FromResult(erased);
    }

    public ValueTask<long> CountAsync(ErasureSubject subject, CancellationToken cancellationToken) =>
        ValueTask.FromResult(subject.ProfileIds.LongCount(id => Slot(id) is not null));

    public async ValueTask ExportAsync(ErasureSubject subject, Utf8JsonWriter json, CancellationToken cancellationToken)
    {
        var facts = new ProfileFacts();
        var writer = new HistoryJson(names, kept, catalog);
        json.WriteStartArray();
        foreach (var id in subject.ProfileIds.Order())
        {
            TryRead(id, facts);
            writer.WriteEvents(json, facts, int.MaxValue);
            await json.FlushAsync(cancellationToken);
        }

        json.WriteEndArray();
    }

    private byte[]? Find(int profileId)
    {
        var found = Slot(profileId);
        return found is { Length: 0 } ? ReadBack(profileId) : found;
    }

    private byte[]? ReadBack(int profileId)
    {
        while (Slot(profileId) is { Length: 0 })
        {
            byte[]? read = null;
            if (_rows.TryRead(profileId, (_, value) => read = value.ToArray()))
            {
                return read;
            }

            if (Slot(profileId) is { Length: 0 })
            {
                throw _rows.Missing(profileId);
            }
        }

        return Slot(profileId);
    }

    private byte[]? Slot(int profileId) =>
        (uint)profileId < (uint)_profiles.Capacity ? Volatile.Read(ref _profiles[profileId]) : null;

    private void Replace(int profileId, byte[]? before, byte[] after)
    {
        var wasDirty = before is not null && HistoryHeader.Of(before).IsDirty;
        HistoryHeader.Of(after).IsDirty = true;
        if (!ReferenceEquals(Slot(profileId), after))
        {
            Publish(profileId, after);
        }

        if (!wasDirty)
        {
            MarkDirty(profileId);
        }
    }

    private void Publish(int profileId, byte[] bytes)
    {
        if (profileId < ProfileCount && profileId < _profiles.Capacity)
        {
            Count(Interlocked.Exchange(ref _profiles[profileId], bytes), bytes);
            return;
        }

        // Partitions share the table, so its growth is guarded; a profile comes once.
        lock (_lock)
        {
            _profiles.Ensure(profileId);
            Count(Interlocked.Exchange(ref _profiles[profileId], bytes), bytes);
            Volatile.Write(ref _profileCount, Math.Max(_profileCount, profileId + 1));
        }
    }

    private void Remove(int profileId)
    {
        Count(Interlocked.Exchange(ref _profiles[profileId], null), null);
        MarkDirty(profileId);
    }

    /// <summary>An array of its own: nobody puts back what he read before the profile came, changed and left again.</summary>
    private static byte[] Mark() => GC.AllocateUninitializedArray<byte>(0);

    private void Count(byte[]? before, byte[]? after)
    {
        Interlocked.Add(ref _bytes, SizeOf(after) - SizeOf(before));
        if ((before is { Length: 0 }) != (after is { Length: 0 }))
        {
            Interlocked.Add(ref _cold, after is { Length: 0 } ? 1 : -1);
        }
    }

    private static long SizeOf(byte[]? bytes) => bytes is { Length: > 0 } ? bytes.Length + ArrayBytes : 0;

    private void MarkDirty(int profileId)
    {
        lock (_lock)
        {
            _dirty.Add(profileId);
        }
    }
}
