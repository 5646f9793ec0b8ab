using System.Text.Json;
using Personalization.Kernel.Checkpoints;
using Personalization.Kernel.Collections;
using Personalization.Kernel.Privacy;

namespace Personalization.Features.Domain.Declared;

/// <summary>
/// The states of all declared features: of profiles, each written by its partition's loop only, and of items, which partitions share and write
/// one at a time. Readers never wait for either.
/// </summary>
internal sealed class FeatureStates(FeatureRegistry registry, IValueTexts texts, TimeProvider time) : ICheckpointed, IPersonalDataStore
{
    /// <summary>Bytes of the largest state.</summary>
    public const int MaxStateBytes = 32 << 10;

    private const byte ProfileTable = 70;
    private const byte ItemTable = 71;
    private const int Stripes = 64;

    private readonly ChunkedArray<KeyState?> _profiles = new();
    private readonly ChunkedArray<KeyState?> _items = new();
    private readonly Lock[] _stripes = [.. Enumerable.Range(0, Stripes).Select(_ => new Lock())];
    private readonly Lock _lock = new();
    private readonly List<int> _dirtyProfiles = [];
    private readonly List<int> _dirtyItems = [];

    [ThreadStatic]
    private static byte[]? _room;

    public string FileName => "features";

    public int Version => 1;

    public string Name => "features/declared";

    /// <summary>Adds an observation to the state of a profile. The profile's loop only.</summary>
    public void AddToProfile(FeatureVersion version, int profileId, in Observation observation) =>
        Add(version, Touch(_profiles, _dirtyProfiles, profileId), in observation);

    /// <summary>Adds an observation to the state of an item. Any loop.</summary>
    public void AddToItem(FeatureVersion version, int item, in Observation observation)
    {
        // What two loops add to one item comes out the same in either order; only the write itself is one at a time.
        lock (_stripes[item % Stripes])
        {
            Add(version, Touch(_items, _dirtyItems, item), in observation);
        }
    }

    /// <summary>Copies the state of a key. Any thread.</summary>
    /// <returns>Its bytes; -1 when there is none.</returns>
    public int Copy(FeatureVersion version, int key, Span<byte> into) =>
        Find(version.Definition.Key == FeatureKey.Item ? _items : _profiles, key) is { } state ? state.CopyTo(version.Number, into) : -1;

    /// <summary>One profile takes over all of another. The loop that owns both.</summary>
    public void Merge(int fromProfileId, int intoProfileId)
    {
        if (fromProfileId == intoProfileId || Find(_profiles, fromProfileId) is not { } from)
        {
            return;
        }

        var into = Touch(_profiles, _dirtyProfiles, intoProfileId);
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

        Remove(fromProfileId);
    }

    /// <summary>
    /// Drops the states of versions that went out of use, at that place of the log: what is kept stays a function of the log, whenever a checkpoint is
    /// taken. While no stage runs; some 20 ns a key.
    /// </summary>
    public void DropRetired()
    {
        Func<int, bool> isAlive = registry.Current.IsAlive;
        DropRetired(_profiles, _dirtyProfiles, isAlive);
        DropRetired(_items, _dirtyItems, isAlive);
    }

    /// <summary>The loop that owns the profile, or anyone while the pipeline rests.</summary>
    public void Forget(int profileId)
    {
        if (Find(_profiles, profileId) is not null)
        {
            Remove(profileId);
        }
    }

    /// <summary>What is kept of a profile, or an item, as bytes; empty when nothing is. While the pipeline rests.</summary>
    public byte[] Digest(FeatureKey of, int key) =>
        Find(of == FeatureKey.Item ? _items : _profiles, key) is { } state ? state.Bytes.ToArray() : [];

    /// <summary>Bytes that the states of profiles and items hold, tables included.</summary>
    public (long Keys, long Bytes) Measure()
    {
        var (keys, bytes) = (0L, 0L);
        foreach (var table in (ReadOnlySpan<ChunkedArray<KeyState?>>)[_profiles, _items])
        {
            bytes += table.Capacity * 8L;
            for (var key = 0; key < table.Capacity; key++)
            {
                if (Find(table, key) is { } state)
                {
                    keys++;
                    bytes += 64 + state.Room;
                }
            }
        }

        return (keys, bytes);
    }

    public void Load(CheckpointReader reader)
    {
        Load(reader, ProfileTable, _profiles);
        Load(reader, ItemTable, _items);
    }

    public void Collect(CheckpointWriter writer)
    {
        Collect(writer, ProfileTable, _profiles, _dirtyProfiles);
        Collect(writer, ItemTable, _items, _dirtyItems);
    }

    public ValueTask<long> EraseAsync(ErasureSubject subject, CancellationToken cancellationToken)
    {
        var erased = 0L;
        foreach (var id in subject.ProfileIds.Where(id => Find(_profiles, id) is not null))
        {
            Remove(id);
            erased++;
        }

        return ValueTask.FromResult(erased);
    }

    public ValueTask<long> CountAsync(ErasureSubject subject, CancellationToken cancellationToken) =>
        ValueTask.FromResult(subject.ProfileIds.LongCount(id => Find(_profiles, id) is not null));

    public ValueTask ExportAsync(ErasureSubject subject, Utf8JsonWriter json, CancellationToken cancellationToken)
    {
        var at = new ReadTime(time.GetUtcNow().ToUnixTimeMilliseconds());
        json.WriteStartArray();
        foreach (var id in subject.ProfileIds.Order())
        {
            if (Find(_profiles, id) is { } state)
            {
                FeatureExport.Write(json, id, state, registry.Current, in at, texts);
            }
        }

        json.WriteEndArray();
        return default;
    }

    private static byte[] Room() => _room ??= new byte[MaxStateBytes];

    private static KeyState? Find(ChunkedArray<KeyState?> table, int key) =>
        (uint)key < (uint)table.Capacity ? Volatile.Read(ref table[key]) : null;

    private static void Load(CheckpointReader reader, byte table, ChunkedArray<KeyState?> states) =>
        reader.Visit(table, (key, value) =>
        {
            var state = new KeyState();
            state.Restore(value);
            states.Ensure((int)key) = state;
        });

    private static void Add(FeatureVersion version, KeyState state, in Observation observation)
    {
        var room = Room();
        var length = version.Aggregate!.Add(state.Section(version.Number), in observation, room);
        if (length > 0)
        {
            state.Put(version.Number, room.AsSpan(0, length));
        }
    }

    private static void Collect(CheckpointWriter writer, byte table, ChunkedArray<KeyState?> states, List<int> dirty)
    {
        foreach (var key in dirty)
        {
            if (states[key] is { } state)
            {
                state.IsDirty = false;
                writer.Put(table, key, state.Bytes);
            }
            else
            {
                writer.Delete(table, key);
            }
        }

        dirty.Clear();
    }

    private void DropRetired(ChunkedArray<KeyState?> table, List<int> dirty, Func<int, bool> isAlive)
    {
        for (var key = 0; key < table.Capacity; key++)
        {
            if (Find(table, key) is { } state && state.Keep(isAlive))
            {
                Touch(table, dirty, key);
            }
        }
    }

    private KeyState Touch(ChunkedArray<KeyState?> table, List<int> dirty, int key)
    {
        var state = Find(table, key);
        if (state is { IsDirty: true })
        {
            return state;
        }

        // Partitions share the table and the list, so their growth is guarded.
        lock (_lock)
        {
            if (state is null)
            {
                state = new KeyState();
                Volatile.Write(ref table.Ensure(key)!, state);
            }

            state.IsDirty = true;
            dirty.Add(key);
            return state;
        }
    }

    private void Remove(int profileId)
    {
        Volatile.Write(ref _profiles[profileId], null);
        lock (_lock)
        {
            _dirtyProfiles.Add(profileId);
        }
    }
}
