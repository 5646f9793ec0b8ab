namespace Personalization.Decisioning.Domain;

/// <summary>Values of <see cref="Contracts.Recommendations.FallbackReason"/>.</summary>
internal static class Fallback
{
    public const string BudgetExceeded = "budget_exceeded";
    public const string ModelFailed = "model_failed";
}
