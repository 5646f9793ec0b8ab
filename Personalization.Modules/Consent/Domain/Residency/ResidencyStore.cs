using System.Buffers.Binary;
using System.Text.Json;
using Personalization.Kernel.Checkpoints;
using Personalization.Kernel.Collections;
using Personalization.Kernel.Privacy;

namespace Personalization.Consent.Domain.Residency;

/// <summary>Where every profile belongs, eight bytes each. Written by the loop that owns the profile, read by anybody.</summary>
internal sealed class ResidencyStore : ICheckpointed, IPersonalDataStore
{
    private const byte StateTable = 1;
    private readonly ChunkedArray<long> _states = new();
    private readonly ChunkedArray<bool> _isDirty = new();
    private readonly Lock _lock = new();
    private readonly List<int> _dirty = [];

    public string FileName => "residency";

    public int Version => 1;

    public string Name => "consent/residency";

    public ResidencyState this[int profileId] =>
        profileId >= 0 && profileId < _states.Capacity ? new ResidencyState(Volatile.Read(ref _states[profileId])) : default;

    /// <summary>Takes in what an event tells.</summary>
    public void Record(int profileId, ResidencyState told)
    {
        var known = this[profileId];
        var joined = known.With(told);
        if (joined != known)
        {
            Write(profileId, joined);
        }
    }

    public void Merge(int fromProfileId, int intoProfileId)
    {
        var from = this[fromProfileId];
        if (from.Word != 0)
        {
            Record(intoProfileId, from);
            Write(fromProfileId, default);
        }
    }

    public void Forget(int profileId)
    {
        if (this[profileId].Word != 0)
        {
            Write(profileId, default);
        }
    }

    public void Load(CheckpointReader reader) => reader.Visit(
        StateTable, (profile, value) => _states.Ensure((int)profile) = BinaryPrimitives.ReadInt64LittleEndian(value));

    public void Collect(CheckpointWriter writer)
    {
        foreach (var profile in _dirty)
        {
            _isDirty[profile] = false;
            if (_states[profile] == 0)
            {
                writer.Delete(StateTable, profile);
            }
            else
            {
                BinaryPrimitives.WriteInt64LittleEndian(writer.Reserve(StateTable, profile, sizeof(long)), _states[profile]);
            }
        }

        _dirty.Clear();
    }

    public ValueTask<long> EraseAsync(ErasureSubject subject, CancellationToken cancellationToken)
    {
        var known = subject.ProfileIds.Where(profile => this[profile].Word != 0).ToList();
        known.ForEach(Forget);
        return ValueTask.FromResult((long)known.Count);
    }

    public ValueTask<long> CountAsync(ErasureSubject subject, CancellationToken cancellationToken) =>
        ValueTask.FromResult(subject.ProfileIds.LongCount(profile => this[profile].Word != 0));

    public ValueTask ExportAsync(ErasureSubject subject, Utf8JsonWriter json, CancellationToken cancellationToken)
    {
        json.WriteStartArray();
        foreach (var state in subject.ProfileIds.Order().Select(profile => this[profile]).Where(state => state.Word != 0))
        {
            json.WriteStartObject();
            json.WriteString("country", state.Country.ToString());
            json.WriteString("since", DateTimeOffset.FromUnixTimeSeconds(state.Seconds));
            json.WriteEndObject();
        }

        json.WriteEndArray();
        return ValueTask.CompletedTask;
    }

    private void Write(int profileId, ResidencyState state)
    {
        if (profileId < _isDirty.Capacity && _isDirty[profileId])
        {
            Volatile.Write(ref _states[profileId], state.Word);
            return;
        }

        // Partitions share the table's growth and the list of changes; a profile gets here once between two checkpoints.
        lock (_lock)
        {
            Volatile.Write(ref _states.Ensure(profileId), state.Word);
            if (!_isDirty.Ensure(profileId))
            {
                _isDirty[profileId] = true;
                _dirty.Add(profileId);
            }
        }
    }
}
