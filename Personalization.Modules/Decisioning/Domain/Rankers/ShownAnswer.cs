using Personalization.Decisioning.Domain.Candidates;

namespace Personalization.Decisioning.Domain.Rankers;

/// <summary>
/// An answer that a ranker may learn from. Many thousands wait for what comes of them, so an answer is three objects and not one for each item: what waits is
/// what a collection of garbage walks through while answers stand still.
/// </summary>
/// <param name="Key">Keyed hash of the decision's id.</param>
/// <param name="Placement">Whose ranker made it.</param>
/// <param name="AtMs">When.</param>
/// <param name="Items">In their places.</param>
/// <param name="Features">What the ranker saw of them, one after the other.</param>
internal sealed record ShownAnswer(UInt128 Key, string Placement, long AtMs, int[] Items, byte[] Features)
{
    /// <summary>What the ranker saw of the item at a place.</summary>
    public Span<byte> FeaturesOf(int place) => Features.AsSpan(place * FeatureTable.Width, FeatureTable.Width);

    public int PlaceOf(int item) => Array.IndexOf(Items, item);
}
