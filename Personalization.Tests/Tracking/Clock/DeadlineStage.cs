using System.Text.Json;
using Personalization.Kernel.Checkpoints;
using Personalization.Tracking.Contracts;

namespace Personalization.Tests.Tracking.Clock;

/// <summary>
/// Every event of a profile sets it a deadline, some time of the log's clock later. What the stage saw, events and times, stands in order in a
/// trace for each partition, which is state like any other: a replay must come to the same one.
/// </summary>
internal sealed class DeadlineStage(int partitions, long deadlineMs) : ITimedStage, ICheckpointed
{
    private readonly Part[] _parts = [.. Enumerable.Range(0, partitions).Select(_ => new Part())];

    /// <summary>Throws so many times when a deadline comes.</summary>
    public int Failures { get; set; }

    public string FileName => "testdeadlines";

    public int Version => 1;

    /// <summary>Events as <c>e(offset)</c>, deadlines as <c>d(profile)@(due)</c> behind the time <c>t(now)</c> that brought them.</summary>
    public string[] Traces => [.. _parts.Select(part => part.Read())];

    public long NextDueMs(int partition) => _parts[partition].NextDueMs;

    public void Apply(TrackedEvent trackedEvent)
    {
        var part = _parts[trackedEvent.ProfileId % partitions];
        if (part.LastMs > trackedEvent.Batch.LogTimeMs)
        {
            part.Write($"the clock went back at {trackedEvent.Offset}");
        }

        part.LastMs = trackedEvent.Batch.LogTimeMs;
        part.Write($"e{trackedEvent.Offset}");
        part.Set(trackedEvent.ProfileId, trackedEvent.Batch.LogTimeMs + deadlineMs);
    }

    public void Elapse(int partition, long nowMs)
    {
        if (Failures > 0)
        {
            Failures--;
            throw new InvalidOperationException("A bug that time brings out.");
        }

        _parts[partition].Elapse(nowMs);
    }

    public void Merge(int fromProfileId, int intoProfileId)
    {
    }

    public void Forget(int profileId) => _parts[profileId % partitions].Set(profileId, long.MaxValue);

    public void Load(CheckpointReader reader) => reader.Visit(1, (partition, value) => _parts[partition].Load(value));

    public void Collect(CheckpointWriter writer)
    {
        for (var i = 0; i < partitions; i++)
        {
            writer.Put(1, i, _parts[i].Save());
        }
    }

    private sealed class Part
    {
        private readonly Lock _lock = new();
        private Saved _state = new([], [], 0);
        private long _nextDueMs = long.MaxValue;

        public long NextDueMs => Volatile.Read(ref _nextDueMs);

        public long LastMs
        {
            get => _state.LastMs;
            set => _state = _state with { LastMs = value };
        }

        public void Write(string line)
        {
            lock (_lock)
            {
                _state.Trace.Add(line);
            }
        }

        public void Set(int profileId, long dueMs)
        {
            _state.Due[profileId] = dueMs;
            Volatile.Write(ref _nextDueMs, _state.Due.Values.DefaultIfEmpty(long.MaxValue).Min());
        }

        public void Elapse(long nowMs)
        {
            Write($"t{nowMs}");
            foreach (var (profileId, dueMs) in _state.Due.Where(due => due.Value <= nowMs).OrderBy(due => due.Value).ThenBy(due => due.Key).ToList())
            {
                Write($"d{profileId}@{dueMs}");
                _state.Due.Remove(profileId);
            }

            LastMs = nowMs;
            Set(-1, long.MaxValue);
        }

        public string Read()
        {
            lock (_lock)
            {
                return string.Join(' ', _state.Trace);
            }
        }

        public void Load(ReadOnlySpan<byte> value)
        {
            _state = JsonSerializer.Deserialize<Saved>(value)!;
            Set(-1, long.MaxValue);
        }

        public byte[] Save() => JsonSerializer.SerializeToUtf8Bytes(_state);
    }

    private sealed record Saved(List<string> Trace, SortedDictionary<int, long> Due, long LastMs);
}
