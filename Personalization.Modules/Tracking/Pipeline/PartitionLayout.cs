using Personalization.Tracking.Contracts;

namespace Personalization.Tracking.Pipeline;

/// <summary>How many partitions there are, how many events each may queue, and whose profile is whose.</summary>
internal sealed record PartitionLayout(int Count, int QueueEvents) : IPartitions
{
    public int PartitionOf(int profileId) => profileId % Count;
}
