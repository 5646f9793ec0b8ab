using System.Text.Json;
using Personalization.Features.Domain.Cold;
using Personalization.Features.Domain.Expiry;
using Personalization.Kernel.Checkpoints;
using Personalization.Kernel.Collections;
using Personalization.Kernel.Privacy;

namespace Personalization.Features.Domain.Declared;

/// <summary>
/// The states of all declared features: of profiles, each written by its partition's loop only, and of items, which partitions share and write
/// one at a time. Readers never wait for either. A profile that nobody asks for leaves memory; who reads it then reads the disk, and who writes it
/// brings it back. Items stay: there are as many as the catalogue has.
/// </summary>
[ProfileRows(ProfileTable)]
internal sealed class FeatureStates(FeatureRegistry registry, IValueTexts texts, TimeProvider time, MemoryBudget? memory = null, ProfileExpiry? expiry = null)
    : ICheckpointed, ICheckpointObserver, IPersonalDataStore, IColdState
{
    /// <summary>Bytes of the largest state.</summary>
    public const int MaxStateBytes = 48 << 10;

    private const byte ProfileTable = 70;
    private const byte ItemTable = 71;
    private const int Stripes = 64;

    private readonly ColdSlots<KeyState> _profiles = new(ProfileTable, row => Decode(row, registry), KeyState.NewMark, memory);
    private readonly ChunkedArray<KeyState?> _items = new();
    private readonly Lock[] _stripes = [.. Enumerable.Range(0, Stripes).Select(_ => new Lock())];
    private readonly Lock _lock = new();
    private readonly List<int> _dirtyProfiles = [];
    private readonly List<int> _dirtyItems = [];

    /// <summary>Versions went out of use whose states still stand in rows of the checkpoint.</summary>
    private bool _hasRetiredRows;

    [ThreadStatic]
    private static byte[]? _room;

    public string FileName => "features";

    public int Version => 1;

    public string Name => "features/declared";

    public long Bytes => _profiles.Bytes;

    public int Capacity => _profiles.Capacity;

    public int ColdCount => _profiles.ColdCount;

    public long ColdReads => _profiles.Reads;

    public bool IsCold(int profileId) => _profiles.IsCold(profileId);

    public bool Warm(int profileId) => _profiles.Take(profileId) is not null;

    public bool TryEvict(int profileId) => _profiles.TryEvict(profileId);

    /// <summary>Adds an observation to the state of a profile. The profile's loop only.</summary>
    /// <param name="version">Whose state.</param>
    /// <param name="profileId">Canonical.</param>
    /// <param name="observation">What is added.</param>
    /// <param name="nowMs">The log's clock, Unix ms: what is imported is kept as long as if it had come now, for more of it may follow.</param>
    public void AddToProfile(FeatureVersion version, int profileId, in Observation observation, long nowMs)
    {
        var state = TouchProfile(profileId);
        var room = state.Room;
        Add(version, state, in observation);
        Grew(state, room);
        if (version.IsFreed)
        {
            expiry?.Lower(profileId, Math.Max(EventTime.Clamp(observation.TimeMs), nowMs) + version.Definition.TtlMs!.Value + version.Definition.LatenessMs);
        }
    }

    /// <summary>Adds an observation to the state of an item. Any loop.</summary>
    public void AddToItem(FeatureVersion version, int item, in Observation observation)
    {
        // What two loops add to one item comes out the same in either order; only the write itself is one at a time.
        lock (_stripes[item % Stripes])
        {
            Add(version, TouchItem(item), in observation);
        }
    }

    /// <summary>Copies the state of a key. Any thread.</summary>
    /// <returns>Its bytes; -1 when there is none.</returns>
    public int Copy(FeatureVersion version, int key, Span<byte> into) =>
        Find(version.Definition.Key, key) is { } state ? state.CopyTo(version.Number, into) : -1;

    /// <summary>One profile takes over all of another. The loop that owns both.</summary>
    public void Merge(int fromProfileId, int intoProfileId)
    {
        if (fromProfileId == intoProfileId || _profiles.Read(fromProfileId) is not { } from)
        {
            return;
        }

        var into = TouchProfile(intoProfileId);
        var held = into.Room;
        foreach (var version in registry.Current.Versions)
        {
            var left = into.Section(version.Number);
            var right = from.Section(version.Number);
            if (version.Aggregate is { } aggregate && !right.IsEmpty)
            {
                var room = Room();
                var length = left.IsEmpty ? 0 : aggregate.Merge(left, right, room);
                into.Put(version.Number, left.IsEmpty ? right : room.AsSpan(0, length));
            }
        }

        Grew(into, held);
        expiry?.Lower(intoProfileId, NextFreed(into));
        Remove(fromProfileId);
    }

    /// <summary>
    /// Drops the states of versions that went out of use, at that place of the log: what is kept stays a function of the log, whenever a checkpoint is
    /// taken. While no stage runs; some 20 ns a key. Those of profiles that are on disk only go with the next cut.
    /// </summary>
    public void DropRetired()
    {
        Func<int, bool> isAlive = registry.Current.IsAlive;
        for (var profileId = 0; profileId < _profiles.Capacity; profileId++)
        {
            if (_profiles.Slot(profileId) is { IsCold: false } state && state.Keep(isAlive))
            {
                TouchProfile(profileId);
            }
        }

        for (var item = 0; item < _items.Capacity; item++)
        {
            if (FindItem(item) is { } state && state.Keep(isAlive))
            {
                TouchItem(item);
            }
        }

        _hasRetiredRows |= _profiles.ColdCount > 0;
    }

    /// <summary>Frees the states of a profile whose time to live is over, with the time in which events may be late. The profile's loop only.</summary>
    /// <param name="profileId">Canonical.</param>
    /// <param name="asOfMs">The log's clock, Unix ms.</param>
    /// <returns>When the next one may be freed; <see cref="long.MaxValue"/> for never.</returns>
    public long Expire(int profileId, long asOfMs)
    {
        var next = _profiles.Read(profileId) is { } kept ? NextFreed(kept) : long.MaxValue;
        if (next > asOfMs)
        {
            return next;
        }

        var state = TouchProfile(profileId);
        foreach (var version in registry.Current.Freed)
        {
            if (state.Section(version.Number) is { IsEmpty: false } section && version.FreedAtMs(section) <= asOfMs)
            {
                state.Keep(number => number != version.Number);
                version.Counts.Free();
            }
        }

        if (state.Bytes.IsEmpty)
        {
            Remove(profileId);
        }

        return NextFreed(state);
    }

    /// <summary>The loop that owns the profile, or anyone while the pipeline rests.</summary>
    public void Forget(int profileId)
    {
        if (_profiles.Slot(profileId) is not null)
        {
            Remove(profileId);
        }
    }

    /// <summary>What is kept of a profile, or an item, as bytes; empty when nothing is. While the pipeline rests.</summary>
    public byte[] Digest(FeatureKey of, int key) => Find(of, key) is { } state ? state.Bytes.ToArray() : [];

    public void Load(CheckpointReader reader)
    {
        _profiles.Load(reader);
        reader.Visit(ItemTable, (item, row) => _items.Ensure((int)item) = KeyState.Decode(row));
    }

    public void OnPersisted(ICheckpointRows rows) => _profiles.Attach(rows);

    public void Collect(CheckpointWriter writer)
    {
        _profiles.Cut();
        if (_hasRetiredRows)
        {
            CollectRetired(writer);
        }

        Collect(writer, ProfileTable, _profiles.Slot, _dirtyProfiles);
        Collect(writer, ItemTable, FindItem, _dirtyItems);
    }

    public ValueTask<long> EraseAsync(ErasureSubject subject, CancellationToken cancellationToken)
    {
        var erased = 0L;
        foreach (var id in subject.ProfileIds.Where(id => _profiles.Slot(id) is not null))
        {
            Remove(id);
            erased++;
        }

        return ValueTask.FromResult(erased);
    }

    public ValueTask<long> CountAsync(ErasureSubject subject, CancellationToken cancellationToken) =>
        ValueTask.FromResult(subject.ProfileIds.LongCount(id => _profiles.Slot(id) is not null));

    public ValueTask ExportAsync(ErasureSubject subject, Utf8JsonWriter json, CancellationToken cancellationToken)
    {
        var at = new ReadTime(time.GetUtcNow().ToUnixTimeMilliseconds());
        json.WriteStartArray();
        foreach (var id in subject.ProfileIds.Order())
        {
            if (_profiles.Read(id) is { } state)
            {
                FeatureExport.Write(json, id, state, registry.Current, in at, texts);
            }
        }

        json.WriteEndArray();
        return default;
    }

    /// <summary>A row that was written before a version went out of use may still hold its state.</summary>
    private static KeyState Decode(ReadOnlySpan<byte> row, FeatureRegistry registry)
    {
        var state = KeyState.Decode(row);
        state.Keep(registry.Current.IsAlive);
        return state;
    }

    private static byte[] Room() => _room ??= new byte[MaxStateBytes];

    private static void Add(FeatureVersion version, KeyState state, in Observation observation)
    {
        var room = Room();
        var length = version.Aggregate!.Add(state.Section(version.Number), in observation, room);
        if (length > 0)
        {
            state.Put(version.Number, room.AsSpan(0, length));
        }
    }

    private static void Collect(CheckpointWriter writer, byte table, Func<int, KeyState?> find, List<int> dirty)
    {
        foreach (var key in dirty)
        {
            var state = find(key);
            if (state is { IsCold: false })
            {
                state.IsDirty = false;
                writer.Put(table, key, state.Bytes);
            }
            else if (state is null)
            {
                writer.Delete(table, key);
            }
        }

        dirty.Clear();
    }

    /// <summary>
    /// Rows of the checkpoint without the states of versions that went out of use since. This alone reads disk in a cut, a few microseconds a row: a
    /// version is replaced now and then, and rows that were left as they are would not be what a replay comes to.
    /// </summary>
    private void CollectRetired(CheckpointWriter writer)
    {
        Func<int, bool> isAlive = registry.Current.IsAlive;
        _profiles.VisitRows((profileId, row) =>
        {
            var state = KeyState.Decode(row);
            if (_profiles.Slot((int)profileId) is { IsDirty: false } && state.Keep(isAlive))
            {
                writer.Put(ProfileTable, profileId, state.Bytes);
            }
        });
        _hasRetiredRows = false;
    }

    /// <summary>When the first state of a key may be freed, Unix ms; <see cref="long.MaxValue"/> for never.</summary>
    private long NextFreed(KeyState state)
    {
        var next = long.MaxValue;
        foreach (var version in registry.Current.Freed)
        {
            if (state.Section(version.Number) is { IsEmpty: false } section)
            {
                next = Math.Min(next, version.FreedAtMs(section));
            }
        }

        return next;
    }

    private KeyState? Find(FeatureKey of, int key) => of == FeatureKey.Item ? FindItem(key) : _profiles.Read(key);

    private KeyState? FindItem(int item) => (uint)item < (uint)_items.Capacity ? Volatile.Read(ref _items[item]) : null;

    /// <summary>The profile's state, to be written to.</summary>
    private KeyState TouchProfile(int profileId)
    {
        var state = _profiles.Take(profileId);
        if (state is { IsDirty: true })
        {
            return state;
        }

        if (state is null)
        {
            state = new KeyState();
            _profiles.Put(profileId, state);
        }

        MarkDirty(state, profileId, _dirtyProfiles);
        return state;
    }

    private KeyState TouchItem(int item)
    {
        var state = FindItem(item);
        if (state is { IsDirty: true })
        {
            return state;
        }

        if (state is null)
        {
            // Partitions share the table, so its growth is guarded.
            lock (_lock)
            {
                state = FindItem(item) ?? new KeyState();
                Volatile.Write(ref _items.Ensure(item)!, state);
            }
        }

        MarkDirty(state, item, _dirtyItems);
        return state;
    }

    private void MarkDirty(KeyState state, int key, List<int> dirty)
    {
        lock (_lock)
        {
            state.IsDirty = true;
            dirty.Add(key);
        }
    }

    private void Grew(KeyState state, int before)
    {
        if (state.Room != before)
        {
            _profiles.Grew(state.Room - before);
        }
    }

    private void Remove(int profileId)
    {
        _profiles.Remove(profileId);
        lock (_lock)
        {
            _dirtyProfiles.Add(profileId);
        }
    }
}
