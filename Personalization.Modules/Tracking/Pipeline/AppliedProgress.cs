using Personalization.Kernel.Pipelines;

namespace Personalization.Tracking.Pipeline;

/// <summary>
/// How far each partition has come, so that anyone can tell whether everything below an offset has taken effect. Two numbers a partition,
/// each with one writer; no locks.
/// </summary>
internal sealed class AppliedProgress(PartitionLayout layout, PipelinePosition position)
{
    /// <summary>Longs of a cache line: partitions must not write into each other's.</summary>
    private const int Stride = 8;
    private readonly long[] _queuedEnd = new long[layout.Count * Stride];
    private readonly long[] _appliedEnd = new long[layout.Count * Stride];

    /// <summary>Sequencer's thread: the partition gets a batch that ends before this offset.</summary>
    public void Queued(int partition, long end) => Volatile.Write(ref _queuedEnd[partition * Stride], end);

    /// <summary>Partition's loop: it has applied a batch that ends before this offset.</summary>
    public void Applied(int partition, long end) => Volatile.Write(ref _appliedEnd[partition * Stride], end);

    /// <summary>
    /// Whether every event below the offset has passed all stages. The sequencer's position is read first: what it has passed is queued, and
    /// queues keep their order.
    /// </summary>
    public bool HasApplied(long end)
    {
        if (position.AppliedOffset < end)
        {
            return false;
        }

        for (var at = 0; at < _queuedEnd.Length; at += Stride)
        {
            if (Volatile.Read(ref _appliedEnd[at]) < Math.Min(end, Volatile.Read(ref _queuedEnd[at])))
            {
                return false;
            }
        }

        return true;
    }
}
