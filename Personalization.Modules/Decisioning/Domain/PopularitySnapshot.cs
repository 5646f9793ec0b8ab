using System.Collections.Frozen;

namespace Personalization.Decisioning.Domain;

/// <summary>Ranked lists as of one moment, best first. Immutable; replaced whole.</summary>
/// <param name="Popular">Over days.</param>
/// <param name="Trending">Rising over hours.</param>
/// <param name="ByTerm">Popular items of each category and brand.</param>
/// <param name="Items">All item numbers in it lie below.</param>
internal sealed record PopularitySnapshot(ScoredItem[] Popular, ScoredItem[] Trending, FrozenDictionary<int, ScoredItem[]> ByTerm, int Items)
{
    public static readonly PopularitySnapshot Empty = new([], [], FrozenDictionary<int, ScoredItem[]>.Empty, 0);

    /// <summary>Popular items of a category or brand; empty when there are none.</summary>
    public ReadOnlySpan<ScoredItem> OfTerm(int term) => ByTerm.TryGetValue(term, out var items) ? items : [];
}
