using System.Buffers.Binary;
using System.Text;
using System.Text.Json;
using Personalization.Kernel.Checkpoints;
using Personalization.Kernel.Privacy;
using Personalization.Tracking.Contracts;

namespace Personalization.Tracking.Domain.DeadLetters;

/// <summary>
/// Where the events stopped on which a step or stage threw, by their first offset. Like any state it is a function of the log and part
/// of every checkpoint: so an event that is taken up again goes on exactly where it stopped in this very life of the state, and
/// where it did not stop, because the code was mended before a rebuild, it is not applied twice. Thread-safe.
/// </summary>
internal sealed class ParkedEvents(int maxCount) : ICheckpointed, IPersonalDataStore
{
    private const byte Table = 10;
    private const byte ForgottenTable = 11;
    private const int FixedBytes = 4 + 4 + 1 + 1;

    private readonly Lock _lock = new();
    private readonly SortedDictionary<long, ParkedEvent> _events = [];
    private readonly HashSet<long> _changed = [];
    private long _forgottenThrough = -1;

    public string FileName => "tracking";

    public int Version => 1;

    public string Name => "tracking/parked-events";

    public bool Contains(long firstOffset)
    {
        lock (_lock)
        {
            return _events.ContainsKey(firstOffset);
        }
    }

    /// <summary>Whether an event at this place, if it is not here, may have been forgotten for want of room: the oldest are.</summary>
    public bool MayBeForgotten(long firstOffset)
    {
        lock (_lock)
        {
            return firstOffset <= _forgottenThrough;
        }
    }

    /// <summary>A step threw. What was known of the event's way through the stages before stays.</summary>
    /// <param name="trackedEvent">Its merge, if it has one that was noted, is still handed to the stages.</param>
    /// <param name="step">Name of the step.</param>
    /// <param name="before">Where it had stopped before, for an event that was taken up again; null at its first try.</param>
    public void StopAtStep(TrackedEvent trackedEvent, string step, ParkedEvent? before)
    {
        var parked = before is null or { IsMerge: true } ? new ParkedEvent(-1, -1, "", "", false) : before;
        Put(trackedEvent.FirstOffset, parked with { ProfileId = trackedEvent.HomeProfileId, Step = step });
    }

    /// <summary>It could not even be taken up.</summary>
    public void StopAsBefore(TrackedEvent trackedEvent, ParkedEvent before) => Put(trackedEvent.FirstOffset, before);

    /// <summary>A stage threw, in the event's merge or on the event itself.</summary>
    public void StopAtStage(TrackedEvent trackedEvent, string stage, bool isMerge)
    {
        lock (_lock)
        {
            // An event that a step failed on passes through here with its merge alone: the step stays what is to be done first.
            var step = trackedEvent.IsDropped && _events.TryGetValue(trackedEvent.FirstOffset, out var known) ? known.Step : "";
            var merged = isMerge ? trackedEvent.MergedProfileId : -1;
            Put(trackedEvent.FirstOffset, new ParkedEvent(trackedEvent.HomeProfileId, merged, step, stage, isMerge));
        }
    }

    /// <summary>Where an event stopped; null when it did not, or was taken up since.</summary>
    public ParkedEvent? Find(long firstOffset)
    {
        lock (_lock)
        {
            return _events.GetValueOrDefault(firstOffset);
        }
    }

    /// <summary>
    /// Profiles were made anew: merges that were still to be moved by some of the stages are done, in all of them, or will never be.
    /// Their events themselves are still to be seen by every stage.
    /// </summary>
    public void SettleMerges(IReadOnlySet<int> profileIds, string firstStage)
    {
        lock (_lock)
        {
            foreach (var (offset, parked) in _events.Where(entry => entry.Value.IsMerge && profileIds.Contains(entry.Value.ProfileId)).ToList())
            {
                Put(offset, parked with { MergedProfileId = -1, Stage = firstStage, IsMerge = false });
            }
        }
    }

    /// <summary>An event that stopped belongs to another profile now.</summary>
    public void Move(long firstOffset, int profileId)
    {
        lock (_lock)
        {
            if (_events.TryGetValue(firstOffset, out var parked))
            {
                Put(firstOffset, parked with { ProfileId = profileId });
            }
        }
    }

    /// <summary>Hands out where an event stopped, once.</summary>
    public ParkedEvent? Take(long firstOffset)
    {
        lock (_lock)
        {
            if (_events.Remove(firstOffset, out var parked))
            {
                _changed.Add(firstOffset);
            }

            return parked;
        }
    }

    public void Load(CheckpointReader reader)
    {
        reader.Visit(Table, (offset, value) => _events[offset] = Read(value));
        reader.Visit(ForgottenTable, (_, value) => _forgottenThrough = BinaryPrimitives.ReadInt64LittleEndian(value));
    }

    public void Collect(CheckpointWriter writer)
    {
        lock (_lock)
        {
            foreach (var offset in _changed)
            {
                if (_events.TryGetValue(offset, out var parked))
                {
                    Write(writer, offset, parked);
                }
                else
                {
                    writer.Delete(Table, offset);
                }
            }

            _changed.Clear();
            BinaryPrimitives.WriteInt64LittleEndian(writer.Reserve(ForgottenTable, 0, sizeof(long)), _forgottenThrough);
        }
    }

    public ValueTask<long> EraseAsync(ErasureSubject subject, CancellationToken cancellationToken)
    {
        lock (_lock)
        {
            var erased = Of(subject);
            foreach (var offset in erased)
            {
                _events.Remove(offset);
                _changed.Add(offset);
            }

            return ValueTask.FromResult((long)erased.Count);
        }
    }

    public ValueTask<long> CountAsync(ErasureSubject subject, CancellationToken cancellationToken)
    {
        lock (_lock)
        {
            return ValueTask.FromResult((long)Of(subject).Count);
        }
    }

    public ValueTask ExportAsync(ErasureSubject subject, Utf8JsonWriter json, CancellationToken cancellationToken)
    {
        lock (_lock)
        {
            json.WriteStartArray();
            foreach (var offset in Of(subject))
            {
                json.WriteStartObject();
                json.WriteNumber("offset", offset);
                json.WriteString("stoppedAt", _events[offset] is { Step.Length: > 0 } parked ? parked.Step : _events[offset].Stage);
                json.WriteEndObject();
            }

            json.WriteEndArray();
            return default;
        }
    }

    private HashSet<long> Of(ErasureSubject subject) =>
        _events.Where(entry => subject.ProfileIds.Contains(entry.Value.ProfileId)).Select(entry => entry.Key)
            .Concat(subject.Offsets.Where(_events.ContainsKey))
            .ToHashSet();

    private void Put(long offset, ParkedEvent parked)
    {
        lock (_lock)
        {
            _events[offset] = parked;
            _changed.Add(offset);
            if (_events.Count > maxCount)
            {
                var oldest = _events.Keys.First();
                _events.Remove(oldest);
                _changed.Add(oldest);
                _forgottenThrough = Math.Max(_forgottenThrough, oldest);
            }
        }
    }

    private static void Write(CheckpointWriter writer, long offset, ParkedEvent parked)
    {
        var stepBytes = Encoding.UTF8.GetByteCount(parked.Step);
        var row = writer.Reserve(Table, offset, FixedBytes + stepBytes + Encoding.UTF8.GetByteCount(parked.Stage));
        BinaryPrimitives.WriteInt32LittleEndian(row, parked.ProfileId);
        BinaryPrimitives.WriteInt32LittleEndian(row[4..], parked.MergedProfileId);
        row[8] = parked.IsMerge ? (byte)1 : (byte)0;
        row[9] = checked((byte)stepBytes);
        Encoding.UTF8.GetBytes(parked.Step, row[FixedBytes..]);
        Encoding.UTF8.GetBytes(parked.Stage, row[(FixedBytes + stepBytes)..]);
    }

    private static ParkedEvent Read(ReadOnlySpan<byte> row) => new(
        BinaryPrimitives.ReadInt32LittleEndian(row),
        BinaryPrimitives.ReadInt32LittleEndian(row[4..]),
        Encoding.UTF8.GetString(row.Slice(FixedBytes, row[9])),
        Encoding.UTF8.GetString(row[(FixedBytes + row[9])..]),
        row[8] != 0);
}

/// <summary>Where an event stopped.</summary>
/// <param name="ProfileId">The profile that it belonged to, before merges; -1 when it had none yet.</param>
/// <param name="MergedProfileId">The profile whose state is still to be moved by the stages from <paramref name="Stage"/> on; -1 when none is.</param>
/// <param name="Step">Name of the step that threw; empty when all steps are done.</param>
/// <param name="Stage">Name of the stage that threw; empty when no stage has seen the event.</param>
/// <param name="IsMerge">Whether that stage threw in the merge rather than on the event.</param>
internal sealed record ParkedEvent(int ProfileId, int MergedProfileId, string Step, string Stage, bool IsMerge);
