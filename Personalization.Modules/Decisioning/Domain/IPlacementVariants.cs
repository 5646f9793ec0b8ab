using Personalization.Decisioning.Contracts;

namespace Personalization.Decisioning.Domain;

/// <summary>What a placement does for one shopper, when that is being tried. On the decision path: no I/O, nothing is waited for.</summary>
internal interface IPlacementVariants
{
    /// <summary>The placement itself when nothing is tried there, or not with this shopper.</summary>
    Placement For(Placement placement, RecommendationRequest request);
}
