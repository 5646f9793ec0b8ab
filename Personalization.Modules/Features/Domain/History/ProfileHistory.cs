using System.Text.Json;
using Personalization.Features.Contracts;
using Personalization.Kernel.Checkpoints;
using Personalization.Kernel.Collections;
using Personalization.Kernel.Privacy;
using Personalization.Tracking.Contracts;

namespace Personalization.Features.Domain.History;

/// <summary>
/// The recent events of all profiles, by profile number, one array of bytes each. What is kept is a function of the events alone, whatever the
/// order in which they came: the latest <see cref="HistoryOptions.MaxEvents"/> by (time, place in the log), of those the ones that lie
/// less than <see cref="HistoryOptions.Days"/> before the latest. Each profile is written by its partition's loop only.
/// </summary>
internal sealed class ProfileHistory(HistoryOptions options, EventNames names, KeptProperties kept, ICatalog catalog)
    : IProfileHistory, ICheckpointed, IPersonalDataStore
{
    private const byte ProfileTable = 32;

    /// <summary>One a thread: loops move from thread to thread, but none is left in the middle of an event.</summary>
    [ThreadStatic]
    private static HistoryScratch? t_scratch;

    private readonly ChunkedArray<byte[]?> _profiles = new();
    private readonly Lock _lock = new();
    private readonly List<int> _dirty = [];
    private readonly HistoryRules _rules = new(options);
    private int _profileCount;

    public string FileName => "features";

    public int Version => 1;

    public string Name => "features/history";

    public int ProfileCount => Volatile.Read(ref _profileCount);

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

    /// <summary>Keeps what matters of an event. The profile's loop only.</summary>
    public void Apply(TrackedEvent trackedEvent)
    {
        var scratch = Scratch;
        EventFacts.Read(trackedEvent, kept, scratch.Event);
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
        if (Find(profileId) is not null)
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

    public void Load(CheckpointReader reader) => reader.Visit(ProfileTable, (id, value) => Publish((int)id, value.ToArray()));

    public void Collect(CheckpointWriter writer)
    {
        foreach (var id in _dirty)
        {
            if (_profiles[id] is { } bytes)
            {
                ref var header = ref HistoryHeader.Of(bytes);
                header.IsDirty = false;
                writer.Put(ProfileTable, id, bytes.AsSpan(0, header.Length));
            }
            else
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
            if (Find(id) is not null)
            {
                Remove(id);
                erased++;
            }
        }

        return ValueTask.FromResult(erased);
    }

    public ValueTask<long> CountAsync(ErasureSubject subject, CancellationToken cancellationToken) =>
        ValueTask.FromResult(subject.ProfileIds.LongCount(id => Find(id) is not null));

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

    private byte[]? Find(int profileId) =>
        (uint)profileId < (uint)_profiles.Capacity ? Volatile.Read(ref _profiles[profileId]) : null;

    private void Replace(int profileId, byte[]? before, byte[] after)
    {
        var wasDirty = before is not null && HistoryHeader.Of(before).IsDirty;
        HistoryHeader.Of(after).IsDirty = true;
        if (!ReferenceEquals(before, after))
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
            Volatile.Write(ref _profiles[profileId], bytes);
            return;
        }

        // Partitions share the table, so its growth is guarded; a profile comes once.
        lock (_lock)
        {
            Volatile.Write(ref _profiles.Ensure(profileId)!, bytes);
            Volatile.Write(ref _profileCount, Math.Max(_profileCount, profileId + 1));
        }
    }

    private void Remove(int profileId)
    {
        Volatile.Write(ref _profiles[profileId], null);
        MarkDirty(profileId);
    }

    private void MarkDirty(int profileId)
    {
        lock (_lock)
        {
            _dirty.Add(profileId);
        }
    }
}

/// <summary>What a write needs besides the profile's bytes. One thread at a time.</summary>
internal sealed class HistoryScratch
{
    /// <summary>The event that has come.</summary>
    public ProfileFacts Event { get; } = new();

    /// <summary>The profile's events, and in a merge those of the other.</summary>
    public ProfileFacts All { get; } = new();

    public ProfileFacts Others { get; } = new();

    public HistoryEncoder Encoder { get; } = new();
}
