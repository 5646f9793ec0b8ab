using System.Text.Json;
using Personalization.Features.Contracts;
using Personalization.Features.Domain.Cold;
using Personalization.Kernel.Checkpoints;
using Personalization.Kernel.Collections;
using Personalization.Kernel.Privacy;
using Personalization.Tracking.Contracts;

namespace Personalization.Features.Domain;

/// <summary>
/// The features of all profiles, by profile number, in memory while they are asked for. Each profile is written by its partition's loop only.
/// In the place of one that is on disk only stands a mark, which whoever reads it back replaces; each sweep has a mark of its own, so that
/// nobody puts back what he read before the profile came, changed and left again.
/// </summary>
[ProfileRows(ProfileTable)]
internal sealed class ProfileFeatureStore(FeatureRules rules, TimeProvider time, ICatalog? catalog = null, MemoryBudget? memory = null)
    : IProfileFeatures, ICheckpointed, ICheckpointObserver, IPersonalDataStore, IColdState
{
    private const byte ProfileTable = 1;

    /// <summary>Of a profile with every list full, its place in the table included: what is counted is never less than what is there.</summary>
    private const int ProfileBytes = 1_056;

    private readonly ChunkedArray<ProfileFeatures?> _profiles = new();
    private readonly Lock _lock = new();
    private readonly List<int> _dirty = [];
    private readonly ColdRows _rows = new(ProfileTable);
    private ProfileFeatures _mark = new() { IsCold = true };
    private int _inMemory;
    private int _cold;

    public string FileName => "features";

    /// <summary>3: sessions end by campaign too, so what was counted before is counted anew.</summary>
    public int Version => 3;

    public string Name => "features/profiles";

    public long Bytes => (long)Volatile.Read(ref _inMemory) * ProfileBytes;

    public int Capacity => _profiles.Capacity;

    public int ColdCount => Volatile.Read(ref _cold);

    public long ColdReads => _rows.Reads;

    public bool TryRead(int profileId, ProfileView view) => Read(FindInMemory(profileId), view);

    public bool TryReadInMemory(int profileId, ProfileView view, out bool isCold)
    {
        var profile = Find(profileId);
        isCold = profile is { IsCold: true };
        return Read(isCold ? null : profile, view);
    }

    public bool IsCold(int profileId) => Find(profileId) is { IsCold: true };

    public bool Warm(int profileId) => FindInMemory(profileId) is not null;

    public bool TakeUse(int profileId)
    {
        if (Find(profileId) is not { IsUsed: true } profile)
        {
            return false;
        }

        profile.IsUsed = false;
        return true;
    }

    public bool TryEvict(int profileId)
    {
        if (Find(profileId) is not { IsCold: false, IsDirty: false } profile)
        {
            return false;
        }

        if (Interlocked.CompareExchange(ref _profiles[profileId], _mark, profile) != profile)
        {
            return false;
        }

        Interlocked.Decrement(ref _inMemory);
        Interlocked.Increment(ref _cold);
        return true;
    }

    private bool Read(ProfileFeatures? profile, ProfileView view)
    {
        if (profile is null)
        {
            view.Clear();
            return false;
        }

        if (!profile.IsUsed)
        {
            profile.IsUsed = true;
        }

        profile.CopyTo(view, rules.ScaleAt(time.GetUtcNow().ToUnixTimeMilliseconds()));

        // A profile is there for an instant before its first event is applied: nothing is known of it yet.
        return view.Counters.Events > 0;
    }

    /// <summary>Takes an event in and returns the number of the session that it belongs to, or 0. The profile's loop only.</summary>
    public long Apply(TrackedEvent trackedEvent) => Touch(trackedEvent.ProfileId).Apply(trackedEvent, rules);

    /// <summary>Number of the session that an event belongs to which was taken in before; 0 when it belongs to none that is known still. The profile's loop only.</summary>
    public long SessionOf(TrackedEvent trackedEvent) => FindInMemory(trackedEvent.ProfileId)?.SessionOf(trackedEvent, rules) ?? 0;

    /// <summary>One profile takes over all of another, which is then empty. The loop that owns both only.</summary>
    public void Merge(int fromProfileId, int intoProfileId)
    {
        if (fromProfileId == intoProfileId || FindInMemory(fromProfileId) is not { } from)
        {
            return;
        }

        Touch(intoProfileId).Merge(from);
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
    /// The profile's whole state as bytes, to be compared with that of another process or of a replay; empty when nothing is
    /// known. While the pipeline rests.
    /// </summary>
    public byte[] Digest(int profileId)
    {
        Span<byte> room = stackalloc byte[ProfileCodec.MaxBytes];
        return FindInMemory(profileId) is { } profile ? room[..profile.Encode(room)].ToArray() : [];
    }

    /// <summary>Takes back as many as fit, and marks the others, which are read when they are asked for.</summary>
    public void Load(CheckpointReader reader)
    {
        var room = memory?.LoadBytes(Bytes) ?? long.MaxValue;
        reader.Visit(ProfileTable, (id, value) =>
        {
            var fits = Bytes + ProfileBytes <= room;
            _profiles.Ensure((int)id) = fits ? Decode(value) : _mark;
            _inMemory += fits ? 1 : 0;
            _cold += fits ? 0 : 1;
        });
        memory?.Loaded(Bytes);
    }

    public void OnPersisted(ICheckpointRows rows) => _rows.Attach(rows);

    public void Collect(CheckpointWriter writer)
    {
        _mark = new ProfileFeatures { IsCold = true };
        Span<byte> room = stackalloc byte[ProfileCodec.MaxBytes];
        foreach (var id in _dirty)
        {
            if (_profiles[id] is { IsCold: false } profile)
            {
                profile.IsDirty = false;
                writer.Put(ProfileTable, id, room[..profile.Encode(room)]);
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

    public ValueTask ExportAsync(ErasureSubject subject, Utf8JsonWriter json, CancellationToken cancellationToken)
    {
        var view = new ProfileView();
        json.WriteStartArray();
        foreach (var id in subject.ProfileIds.Order().Where(id => TryRead(id, view)))
        {
            ProfileExport.Write(json, id, view, catalog);
        }

        json.WriteEndArray();
        return default;
    }

    private ProfileFeatures? Find(int profileId) =>
        (uint)profileId < (uint)_profiles.Capacity ? Volatile.Read(ref _profiles[profileId]) : null;

    /// <summary>The profile, read back first when it is on disk only.</summary>
    private ProfileFeatures? FindInMemory(int profileId)
    {
        var found = Find(profileId);
        return found is { IsCold: true } ? ReadBack(profileId) : found;
    }

    private ProfileFeatures? ReadBack(int profileId)
    {
        while (Find(profileId) is { IsCold: true } mark)
        {
            ProfileFeatures? read = null;
            if (!_rows.TryRead(profileId, (_, value) => read = Decode(value)))
            {
                if (Find(profileId) == mark)
                {
                    throw _rows.Missing(profileId);
                }

                continue;
            }

            if (Interlocked.CompareExchange(ref _profiles[profileId], read, mark) == mark)
            {
                Interlocked.Increment(ref _inMemory);
                Interlocked.Decrement(ref _cold);
                return read;
            }
        }

        return Find(profileId);
    }

    private static ProfileFeatures Decode(ReadOnlySpan<byte> value)
    {
        var profile = new ProfileFeatures { IsUsed = true };
        profile.Decode(value);
        return profile;
    }

    private ProfileFeatures Touch(int profileId)
    {
        var profile = FindInMemory(profileId) ?? Create(profileId);
        profile.IsUsed = true;
        if (!profile.IsDirty)
        {
            profile.IsDirty = true;
            MarkDirty(profileId);
        }

        return profile;
    }

    private ProfileFeatures Create(int profileId)
    {
        // Partitions share the table, so its growth is guarded; a profile is created once.
        lock (_lock)
        {
            var created = new ProfileFeatures();
            Volatile.Write(ref _profiles.Ensure(profileId)!, created);
            Interlocked.Increment(ref _inMemory);
            return created;
        }
    }

    private void Remove(int profileId)
    {
        if (Interlocked.Exchange(ref _profiles[profileId], null) is { } removed)
        {
            Interlocked.Decrement(ref (removed.IsCold ? ref _cold : ref _inMemory));
        }

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
