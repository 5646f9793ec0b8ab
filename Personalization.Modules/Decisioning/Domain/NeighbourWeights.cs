namespace Personalization.Decisioning.Domain;

/// <summary>
/// The numbers of the neighbour search. After VMIS-kNN (Kersbergen et al., Serenade, 2022) and VSTAN (Ludewig et al., 2019);
/// chosen once, on held-out tails of the training parts of two public click sets, and the same for every shop.
/// </summary>
internal sealed record NeighbourWeights
{
    internal const int MaxQueryItems = 8;

    /// <summary>Sessions looked at per item of the session, newest first.</summary>
    public int SessionsPerItem { get; init; } = 500;

    /// <summary>Neighbours that vote.</summary>
    public int Neighbours { get; init; } = 300;

    /// <summary>Distinct items of the session that look for neighbours, newest first; at most 8.</summary>
    public int QueryItems { get; init; } = 4;

    /// <summary>What an item weighs against the one clicked after it.</summary>
    public float QueryDecay { get; init; } = 0.5f;

    /// <summary>How similarity becomes a vote; above 1 the most similar neighbours count for more.</summary>
    public float SimilarityPower { get; init; } = 1.5f;

    /// <summary>What a step away from the match weighs in the neighbour's session.</summary>
    public float DistanceDecay { get; init; } = 0.65f;

    /// <summary>What items before the match weigh against those after it.</summary>
    public float Backward { get; init; } = 0.6f;

    /// <summary>The current item's own score, when it may be recommended: every neighbour has it, so its votes say little.</summary>
    public float Repeat { get; init; } = 0.3f;

    /// <summary>The score of items that the shopper saw earlier in the session: people do return.</summary>
    public float Revisit { get; init; } = 1.5f;
}
