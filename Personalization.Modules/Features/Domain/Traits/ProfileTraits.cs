using System.Text.Json;
using Personalization.Features.Domain.Cold;
using Personalization.Features.Domain.Expiry;
using Personalization.Features.Domain.History;
using Personalization.Kernel.Checkpoints;
using Personalization.Kernel.Privacy;
using Personalization.Tracking.Contracts;

namespace Personalization.Features.Domain.Traits;

/// <summary>
/// What was said of all people, by profile number, in memory while they are asked for. Each profile is written by its partition's loop only; who reads
/// one that is on disk only reads the disk.
/// </summary>
[ProfileRows(ProfileTable)]
internal sealed class ProfileTraits(TraitNames names, TraitRules rules, MemoryBudget? memory = null, ProfileExpiry? expiry = null)
    : ITraitReader, ICheckpointed, ICheckpointObserver, IPersonalDataStore, IColdState
{
    private const byte ProfileTable = 35;
    private readonly ColdSlots<PersonTraits> _profiles = new(ProfileTable, PersonTraits.Decode, PersonTraits.NewMark, memory);
    private readonly Lock _lock = new();
    private readonly List<int> _dirty = [];

    public string FileName => "features";

    public int Version => SettingsVersion.Of(1, rules.Settings);

    public string Name => "features/traits";

    public long Bytes => _profiles.Bytes;

    public int Capacity => _profiles.Capacity;

    public int ColdCount => _profiles.ColdCount;

    public long ColdReads => _profiles.Reads;

    public bool IsCold(int profileId) => _profiles.IsCold(profileId);

    public bool Warm(int profileId) => _profiles.Take(profileId) is not null;

    public bool TryEvict(int profileId) => _profiles.TryEvict(profileId);

    public bool TryRead(int profileId, TraitSet into)
    {
        into.Clear();
        _profiles.Read(profileId)?.CopyTo(into);
        return !into.All.IsEmpty;
    }

    public int Find(ReadOnlySpan<char> name) => names.Find(name);

    /// <summary>Keeps what an event says of its shopper. The profile's loop only.</summary>
    /// <param name="trackedEvent">Its own traits win over those of its context.</param>
    /// <param name="source">Number of who says it; 0 for the shop itself.</param>
    /// <param name="expiresAtMs">Unix ms; <see cref="long.MaxValue"/> for never.</param>
    public void Apply(TrackedEvent trackedEvent, int source = 0, long expiresAtMs = long.MaxValue)
    {
        var before = _profiles.Take(trackedEvent.ProfileId);
        var writer = new Writer(names, before ?? PersonTraits.None, new TraitEntry
        {
            TimeMs = trackedEvent.TimestampMs,
            Offset = trackedEvent.Offset,
            ExpiresAtMs = expiresAtMs,
            Source = source,
        });
        TraitScan.Read(trackedEvent.Text(trackedEvent.ContextTraits), rules, ref writer);
        if (trackedEvent.Type == EventType.Identify)
        {
            TraitScan.Read(trackedEvent.Text(trackedEvent.Payload), rules, ref writer);
        }

        if (writer.HasChanged)
        {
            Replace(trackedEvent.ProfileId, before, writer.Traits);
            expiry?.Lower(trackedEvent.ProfileId, expiresAtMs);
        }
    }

    /// <summary>What was said of one profile is said of another from now on. The loop that owns both only.</summary>
    public void Merge(int fromProfileId, int intoProfileId)
    {
        if (fromProfileId == intoProfileId || _profiles.Read(fromProfileId) is not { } from)
        {
            return;
        }

        var into = _profiles.Take(intoProfileId);
        var united = (into ?? PersonTraits.None).With(from);
        Replace(intoProfileId, into, united);
        expiry?.Lower(intoProfileId, united.NextExpiryMs);
        Remove(fromProfileId);
    }

    /// <summary>Frees the traits of a profile that have expired. The profile's loop only.</summary>
    /// <param name="profileId">Canonical.</param>
    /// <param name="asOfMs">The log's clock, Unix ms.</param>
    /// <returns>When the next one expires; <see cref="long.MaxValue"/> for never.</returns>
    public long Expire(int profileId, long asOfMs)
    {
        var next = _profiles.Read(profileId)?.NextExpiryMs ?? long.MaxValue;
        if (next > asOfMs)
        {
            return next;
        }

        var before = _profiles.Take(profileId)!;
        var after = before.Without(asOfMs);
        if (after.Entries.IsEmpty)
        {
            Remove(profileId);
        }
        else
        {
            Replace(profileId, before, after);
        }

        return after.NextExpiryMs;
    }

    /// <summary>The loop that owns the profile, or anyone while the pipeline rests.</summary>
    public void Forget(int profileId)
    {
        if (_profiles.Slot(profileId) is not null)
        {
            Remove(profileId);
        }
    }

    /// <summary>A profile's traits as bytes, to be compared with those of another process or of a replay; empty when there are none.</summary>
    public byte[] Digest(int profileId)
    {
        if (_profiles.Read(profileId) is not { } traits)
        {
            return [];
        }

        var bytes = new byte[traits.EncodedBytes];
        traits.Encode(bytes);
        return bytes;
    }

    public void Load(CheckpointReader reader) => _profiles.Load(reader);

    public void OnPersisted(ICheckpointRows rows) => _profiles.Attach(rows);

    public void Collect(CheckpointWriter writer)
    {
        _profiles.Cut();
        foreach (var id in _dirty)
        {
            if (_profiles.Slot(id) is { IsCold: false } traits)
            {
                traits.IsDirty = false;
                traits.Encode(writer.Reserve(ProfileTable, id, traits.EncodedBytes));
            }
            else if (_profiles.Slot(id) is null)
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
            if (_profiles.Read(id) is { } traits)
            {
                erased += traits.Entries.Length;
                Remove(id);
            }
        }

        return ValueTask.FromResult(erased);
    }

    public ValueTask<long> CountAsync(ErasureSubject subject, CancellationToken cancellationToken) =>
        ValueTask.FromResult(subject.ProfileIds.Sum(id => (long)(_profiles.Read(id)?.Entries.Length ?? 0)));

    public ValueTask ExportAsync(ErasureSubject subject, Utf8JsonWriter json, CancellationToken cancellationToken)
    {
        var set = new TraitSet();
        json.WriteStartArray();
        foreach (var id in subject.ProfileIds.Order())
        {
            TryRead(id, set);
            TraitJson.Write(json, set, names);
        }

        json.WriteEndArray();
        return default;
    }

    private void Replace(int profileId, PersonTraits? before, PersonTraits after)
    {
        var wasDirty = before is { IsDirty: true };
        after.IsDirty = true;
        if (!ReferenceEquals(before, after))
        {
            _profiles.Put(profileId, after);
        }

        if (!wasDirty)
        {
            MarkDirty(profileId);
        }
    }

    private void Remove(int profileId)
    {
        _profiles.Remove(profileId);
        MarkDirty(profileId);
    }

    private void MarkDirty(int profileId)
    {
        lock (_lock)
        {
            _dirty.Add(profileId);
        }
    }

    /// <summary>Adds one word after the other.</summary>
    private struct Writer(TraitNames names, PersonTraits traits, TraitEntry said) : ITraitVisitor
    {
        private TraitEntry _said = said;

        public PersonTraits Traits { get; private set; } = traits;

        public bool HasChanged { get; private set; }

        public void Visit(ReadOnlySpan<byte> path, ref readonly FoundValue value, ReadOnlySpan<byte> json)
        {
            Span<byte> room = stackalloc byte[FoundValue.RoomBytes];
            scoped var text = default(ReadOnlySpan<byte>);
            if (names.Find(path) is var key && (key < 0 || (value.Kind == ScalarKind.Text && !value.TryGetText(json, room, out text))))
            {
                return;
            }

            (_said.Key, _said.Kind, _said.Number) = (key, value.Kind, value.Number);
            Traits = Traits.With(in _said, text);
            HasChanged |= !ReferenceEquals(Traits, PersonTraits.None);
        }
    }
}
