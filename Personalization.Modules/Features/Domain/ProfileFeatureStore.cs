using Personalization.Features.Contracts;
using Personalization.Kernel.Checkpoints;
using Personalization.Kernel.Collections;
using Personalization.Kernel.Privacy;
using Personalization.Tracking.Contracts;

namespace Personalization.Features.Domain;

/// <summary>The features of all profiles, by profile number, in memory. Each profile is written by its partition's loop only.</summary>
internal sealed class ProfileFeatureStore(FeatureRules rules, TimeProvider time)
    : IProfileFeatures, ICheckpointed, IPersonalDataStore
{
    private const byte ProfileTable = 1;

    /// <summary>An encoded profile with every list full.</summary>
    private const int MaxEncodedBytes = 1_024;
    private readonly ChunkedArray<ProfileFeatures?> _profiles = new();
    private readonly Lock _lock = new();
    private readonly List<int> _dirty = [];

    public string FileName => "features";

    public int Version => 1;

    public string Name => "features/profiles";

    public bool TryRead(int profileId, ProfileView view)
    {
        view.Clear();
        return Find(profileId) is { } profile && profile.TryCopyTo(view, rules.ScaleAt(time.GetUtcNow().ToUnixTimeMilliseconds()));
    }

    /// <summary>Takes an event in and returns the number of the session that it belongs to.</summary>
    public long Apply(TrackedEvent trackedEvent)
    {
        var profile = Touch(trackedEvent.ProfileId);
        profile.BeginWrite();
        var session = profile.Apply(trackedEvent, rules);
        profile.EndWrite();
        return session;
    }

    public void Merge(int fromProfileId, int intoProfileId)
    {
        if (Find(fromProfileId) is not { } from)
        {
            return;
        }

        var into = Touch(intoProfileId);
        into.BeginWrite();
        into.Merge(from);
        into.EndWrite();
        Remove(fromProfileId);
    }

    /// <summary>The profile's whole state as bytes, to be compared; empty when nothing is known.</summary>
    public byte[] Digest(int profileId)
    {
        Span<byte> room = stackalloc byte[MaxEncodedBytes];
        return Find(profileId) is { } profile ? room[..Encode(profile, room)].ToArray() : [];
    }

    public void Load(CheckpointReader reader) => reader.Visit(ProfileTable, (id, value) =>
    {
        var profile = new ProfileFeatures();
        var decoder = new FeatureDecoder(value);
        profile.Read(ref decoder);
        _profiles.Ensure((int)id) = profile;
    });

    public void Collect(CheckpointWriter writer)
    {
        Span<byte> room = stackalloc byte[MaxEncodedBytes];
        foreach (var id in _dirty)
        {
            if (_profiles[id] is { } profile)
            {
                profile.IsDirty = false;
                writer.Put(ProfileTable, id, room[..Encode(profile, room)]);
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

    private static int Encode(ProfileFeatures profile, Span<byte> room)
    {
        var encoder = new FeatureEncoder(room);
        profile.Write(ref encoder);
        return encoder.Length;
    }

    private ProfileFeatures? Find(int profileId) =>
        (uint)profileId < (uint)_profiles.Capacity ? Volatile.Read(ref _profiles[profileId]) : null;

    private ProfileFeatures Touch(int profileId)
    {
        var profile = Find(profileId) ?? Create(profileId);
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
            return created;
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
