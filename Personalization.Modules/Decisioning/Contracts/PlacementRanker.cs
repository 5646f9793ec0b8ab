namespace Personalization.Decisioning.Contracts;

/// <summary>Who puts a placement's candidates in order.</summary>
public enum PlacementRanker
{
    /// <summary>The plan: each part fills what the ones before it left open.</summary>
    Plan,

    /// <summary>A model that learns from what shoppers make of its answers; all parts propose side by side.</summary>
    Online,
}
