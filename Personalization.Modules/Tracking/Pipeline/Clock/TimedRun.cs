using Microsoft.Extensions.Logging;
using Personalization.Tracking.Contracts;

namespace Personalization.Tracking.Pipeline.Clock;

/// <summary>
/// Tells the stages that wait for a time when the log's clock has come to it. Partitions share this: each writes what is its own. When
/// nothing waits, it costs a look at each stage that might.
/// </summary>
internal sealed partial class TimedRun(
    IEnumerable<IEventStage> stages, PartitionLayout layout, ClockMetrics metrics, TimeSpan retry, ILogger<TimedRun> logger)
{
    private readonly ITimedStage[] _stages = [.. stages.OfType<ITimedStage>()];
    private readonly long _retryMs = (long)retry.TotalMilliseconds;

    /// <summary>By stage and partition: after a failure, when it is tried again; 0 otherwise.</summary>
    private readonly long[] _notBeforeMs = new long[stages.OfType<ITimedStage>().Count() * layout.Count];

    /// <summary>The earliest time that anything waits for, in any partition; <see cref="long.MaxValue"/> for none. Any thread.</summary>
    public long NextDueMs()
    {
        var earliest = long.MaxValue;
        for (var stage = 0; stage < _stages.Length; stage++)
        {
            for (var partition = 0; partition < layout.Count; partition++)
            {
                earliest = Math.Min(earliest, DueMs(stage, partition));
            }
        }

        return earliest;
    }

    /// <summary>
    /// The clock has come to a time, as the partition sees it: on its loop, or at rest. Never throws: a stage that does is told again
    /// some time later, which is counted.
    /// </summary>
    public void Elapse(int partition, long nowMs)
    {
        for (var stage = 0; stage < _stages.Length; stage++)
        {
            if (DueMs(stage, partition) <= nowMs)
            {
                ElapseSafely(stage, partition, nowMs);
            }
        }
    }

    private long DueMs(int stage, int partition) =>
        Math.Max(_stages[stage].NextDueMs(partition), Volatile.Read(ref _notBeforeMs[(stage * layout.Count) + partition]));

    private void ElapseSafely(int stage, int partition, long nowMs)
    {
        try
        {
            _stages[stage].Elapse(partition, nowMs);
            metrics.Elapsed.Add(1);
        }
        catch (Exception error) // The loop must outlive what a stage cannot digest: its events go on, and it is told of the time again.
        {
            Volatile.Write(ref _notBeforeMs[(stage * layout.Count) + partition], nowMs + _retryMs);
            metrics.Failed.Add(1);
            LogElapseFailed(error, _stages[stage].GetType().Name, nowMs, partition);
        }
    }

    [LoggerMessage(EventId = 1100, Level = LogLevel.Error, Message = "{Stage} failed when the log's clock came to {NowMs} in partition {Partition}; it is told again later")]
    private partial void LogElapseFailed(Exception error, string stage, long nowMs, int partition);
}
