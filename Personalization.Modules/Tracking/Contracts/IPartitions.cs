namespace Personalization.Tracking.Contracts;

/// <summary>How profiles are shared out among the loops that own them. The same while the process runs; another start may have another number.</summary>
public interface IPartitions
{
    /// <summary>Loops, 1 to 64.</summary>
    int Count { get; }

    /// <summary>Whose profile it is.</summary>
    int PartitionOf(int profileId);
}
