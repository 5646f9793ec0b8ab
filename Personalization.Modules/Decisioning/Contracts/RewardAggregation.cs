namespace Personalization.Decisioning.Contracts;

/// <summary>How rewards of an event become one.</summary>
public enum RewardAggregation : byte
{
    /// <summary>The first that comes counts, and is learnt at once.</summary>
    Earliest,

    /// <summary>All that come within the wait time are added up, and learnt at its end.</summary>
    Sum,
}
