namespace Personalization.Decisioning.Domain.Models.Purchases;

/// <summary>Two sets of weights over the same views of the same held-out customers.</summary>
/// <param name="Customers">That were asked about.</param>
/// <param name="Candidate">Found anew.</param>
/// <param name="Live">Of the version that answers.</param>
internal sealed record RecipeComparison(int Customers, RecipeQuality Candidate, RecipeQuality Live);

/// <summary>How weights did: where things are bought again, and for new things alone.</summary>
internal readonly record struct RecipeQuality(PurchaseMetrics All, PurchaseMetrics ForNew)
{
    public double HitRate => (All.HitRate + ForNew.HitRate) / 2;

    public double Mrr => (All.Mrr + ForNew.Mrr) / 2;
}
