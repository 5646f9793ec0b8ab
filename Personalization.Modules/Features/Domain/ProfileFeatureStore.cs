using System.Text.Json;
using Personalization.Features.Contracts;
using Personalization.Kernel.Checkpoints;
using Personalization.Kernel.Collections;
using Personalization.Kernel.Privacy;
using Personalization.Tracking.Contracts;

namespace Personalization.Features.Domain;

/// <summary>The features of all profiles, by profile number, in memory. Each profile is written by its partition's loop only.</summary>
internal sealed class ProfileFeatureStore(FeatureRules rules, TimeProvider time, ICatalog? catalog = null)
    : IProfileFeatures, ICheckpointed, IPersonalDataStore
{
    private const byte ProfileTable = 1;

    private readonly ChunkedArray<ProfileFeatures?> _profiles = new();
    private readonly Lock _lock = new();
    private readonly List<int> _dirty = [];

    public string FileName => "features";

    public int Version => 2;

    public string Name => "features/profiles";

    public bool TryRead(int profileId, ProfileView view)
    {
        if (Find(profileId) is not { } profile)
        {
            view.Clear();
            return false;
        }

        profile.CopyTo(view, rules.ScaleAt(time.GetUtcNow().ToUnixTimeMilliseconds()));

        // A profile is there for an instant before its first event is applied: nothing is known of it yet.
        return view.Counters.Events > 0;
    }

    /// <summary>Takes an event in and returns the number of the session that it belongs to, or 0. The profile's loop only.</summary>
    public long Apply(TrackedEvent trackedEvent) => Touch(trackedEvent.ProfileId).Apply(trackedEvent, rules);

    /// <summary>One profile takes over all of another, which is then empty. The loop that owns both only.</summary>
    public void Merge(int fromProfileId, int intoProfileId)
    {
        if (fromProfileId == intoProfileId || Find(fromProfileId) is not { } from)
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
        return Find(profileId) is { } profile ? room[..profile.Encode(room)].ToArray() : [];
    }

    public void Load(CheckpointReader reader) => reader.Visit(ProfileTable, (id, value) =>
    {
        var profile = new ProfileFeatures();
        profile.Decode(value);
        _profiles.Ensure((int)id) = profile;
    });

    public void Collect(CheckpointWriter writer)
    {
        Span<byte> room = stackalloc byte[ProfileCodec.MaxBytes];
        foreach (var id in _dirty)
        {
            if (_profiles[id] is { } profile)
            {
                profile.IsDirty = false;
                writer.Put(ProfileTable, id, room[..profile.Encode(room)]);
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
