using System.Collections.Frozen;
using System.Text.Json;
using Personalization.Decisioning.Domain.Restraint;
using Personalization.Features.Contracts;

namespace Personalization.Decisioning.Domain.Offers;

/// <summary>One live offer or piece of content, compiled. Immutable.</summary>
internal sealed record Offer
{
    public required string Id { get; init; }

    public required int Version { get; init; }

    /// <summary>Of the id, the same in every process.</summary>
    public required ulong Key { get; init; }

    /// <summary><c>offer</c> or <c>content</c>.</summary>
    public required string Kind { get; init; }

    /// <summary>An object that the shop understands.</summary>
    public required JsonElement Payload { get; init; }

    /// <summary>Names; empty = wherever offers are shown.</summary>
    public FrozenSet<string> Placements { get; init; } = FrozenSet<string>.Empty;

    /// <summary>Channels of requests; empty = all.</summary>
    public FrozenSet<string> Channels { get; init; } = FrozenSet<string>.Empty;

    /// <summary>Higher first.</summary>
    public int Priority { get; init; }

    /// <summary>Unix ms, included.</summary>
    public long FromMs { get; init; } = long.MinValue;

    /// <summary>Unix ms, not included.</summary>
    public long UntilMs { get; init; } = long.MaxValue;

    /// <summary>Null = for everybody.</summary>
    public IShopperCondition? When { get; init; }

    /// <summary>Times that it may be shown in all.</summary>
    public long MaxImpressions { get; init; } = long.MaxValue;

    /// <summary>Times that it may be shown to one shopper.</summary>
    public long MaxPerShopper { get; init; } = long.MaxValue;

    /// <summary>Of its own, for each shopper.</summary>
    public Cap[] Caps { get; init; } = [];

    /// <summary>Whether it is only for those who can be counted.</summary>
    public bool CountsShoppers => MaxPerShopper != long.MaxValue || Caps.Length > 0;

    public bool IsTime(long nowMs) => nowMs >= FromMs && nowMs < UntilMs;

    public bool IsOf(string placement, string? channel) =>
        (Placements.Count == 0 || Placements.Contains(placement)) && (Channels.Count == 0 || (channel is not null && Channels.Contains(channel)));
}

/// <summary>An offer that may be chosen, and what became of it.</summary>
internal struct OfferCandidate
{
    public Offer Offer;

    /// <summary>How likely it is to be clicked.</summary>
    public float Score;

    /// <summary>How likely it may be, by which it stands among those of its priority.</summary>
    public float Drawn;

    public OfferOutcome Outcome;
}
