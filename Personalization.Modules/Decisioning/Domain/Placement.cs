using Personalization.Decisioning.Contracts;
using Personalization.Decisioning.Domain.Restraint;

namespace Personalization.Decisioning.Domain;

/// <summary>A configured placement, as the decision path reads it.</summary>
internal sealed record Placement(
    string Name, PlacementKind Kind, int Limit, TimeSpan Budget, bool ExcludePurchased, bool AllowCurrentItem, long MaxAgeMs, int OfferSlots)
{
    /// <summary>What restraint knows it by.</summary>
    public uint ScopeKey { get; } = Impression.ScopeKey(Name);

    public PlacementRanker Ranker { get; init; }

    /// <summary>Factor of the chance that the ranker takes; 0 for none.</summary>
    public float Exploration { get; init; }

    /// <summary>Weight of being unlike what stands above, 0 to 1.</summary>
    public float Diversity { get; init; }

    /// <summary>Weight of being little known, 0 to 1.</summary>
    public float Novelty { get; init; }

    /// <summary>An imported model whose prediction is a feature; null for none.</summary>
    public string? TreeModel { get; init; }

    /// <summary>Seconds for which an answer with nothing personal in it may be kept by others; 0 for not at all.</summary>
    public int CacheSeconds { get; init; }

    /// <summary>Whether a question needs a server key.</summary>
    public bool ServersOnly { get; init; }

    /// <summary>Key of the experiment whose arm this is; null for the placement as it is configured.</summary>
    public string? Experiment { get; init; }

    /// <summary>Key of the arm.</summary>
    public string? Variant { get; init; }

    /// <summary>Version of the session neighbours that answers here; null for the live one.</summary>
    public int? ModelVersion { get; init; }

    /// <summary>Names of steps that take no part; null for none.</summary>
    public IReadOnlyList<string>? WithoutSteps { get; init; }

    public bool LeavesOut(string step)
    {
        for (var i = 0; i < WithoutSteps?.Count; i++)
        {
            if (WithoutSteps[i] == step)
            {
                return true;
            }
        }

        return false;
    }

    public static Placement From(string name, PlacementOptions options) => new(
        name,
        options.Kind,
        options.Limit,
        TimeSpan.FromMilliseconds(options.BudgetMs),
        options.ExcludePurchased,
        options.AllowCurrentItem,
        options.MaxAgeDays is { } days ? (long)TimeSpan.FromDays(days).TotalMilliseconds : long.MaxValue,
        options.OfferSlots)
    {
        ServersOnly = options.ServersOnly,
        Ranker = options.Ranker,
        Exploration = (float)options.Exploration,
        Diversity = (float)options.Diversity,
        Novelty = (float)options.Novelty,
        TreeModel = string.IsNullOrEmpty(options.TreeModel) ? null : options.TreeModel,
        CacheSeconds = options.CacheSeconds,
        ModelVersion = options.ModelVersion,
    };
}
