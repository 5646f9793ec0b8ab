using System.Collections.Frozen;
using Personalization.Features.Contracts;

namespace Personalization.Decisioning.Domain.Rules;

/// <summary>What a rule does to an answer.</summary>
internal enum RuleAction : byte
{
    /// <summary>An item stands at a place.</summary>
    Pin,

    /// <summary>Items' scores are multiplied by a factor of 1 or more.</summary>
    Boost,

    /// <summary>Items' scores are multiplied by a factor of 1 or less.</summary>
    Bury,

    /// <summary>Items are not proposed.</summary>
    Exclude,

    /// <summary>No other items are proposed.</summary>
    Filter,

    /// <summary>Of the first places, so many go to such items.</summary>
    Require,

    /// <summary>Of the first places, so many at most go to items that have something in common.</summary>
    Diversify,
}

/// <summary>One live rule, compiled. Immutable.</summary>
internal sealed record Rule
{
    public required string Id { get; init; }

    /// <summary>0 = not put yet: a preview.</summary>
    public required int Version { get; init; }

    public required RuleAction Action { get; init; }

    /// <summary>Names; empty = all.</summary>
    public FrozenSet<string> Placements { get; init; } = FrozenSet<string>.Empty;

    /// <summary>Higher first: it gets the place that two pin.</summary>
    public int Priority { get; init; }

    /// <summary>Unix ms, included.</summary>
    public long FromMs { get; init; } = long.MinValue;

    /// <summary>Unix ms, not included.</summary>
    public long UntilMs { get; init; } = long.MaxValue;

    /// <summary>Null = for everybody.</summary>
    public IShopperCondition? When { get; init; }

    /// <summary>Which items; null for a pin or a diversification.</summary>
    public ItemTest? Items { get; init; }

    /// <summary>The pinned item's id.</summary>
    public string? Item { get; init; }

    /// <summary>From 1.</summary>
    public int Place { get; init; }

    public float Factor { get; init; } = 1;

    /// <summary>Items that are required, or allowed of one value.</summary>
    public int Count { get; init; }

    /// <summary>The first places that it is about.</summary>
    public int InFirst { get; init; }

    /// <summary>What items must not have too often in common.</summary>
    public ItemField? By { get; init; }

    public bool IsOf(string placement) => Placements.Count == 0 || Placements.Contains(placement);

    public bool IsTime(long nowMs) => nowMs >= FromMs && nowMs < UntilMs;
}
