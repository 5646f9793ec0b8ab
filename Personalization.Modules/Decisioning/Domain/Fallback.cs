namespace Personalization.Decisioning.Domain;

/// <summary>Values of <see cref="Contracts.Recommendations.FallbackReason"/>.</summary>
internal static class Fallback
{
    public const string BudgetExceeded = "budget_exceeded";
    public const string ModelFailed = "model_failed";

    /// <summary>A part that hung or was late before was not asked.</summary>
    public const string PartLeftOut = "part_left_out";

    /// <summary>Somebody switched the placement's models off.</summary>
    public const string KillSwitch = "kill_switch";

    /// <summary>Placements need an active policy here, and this one has none.</summary>
    public const string NoActivePolicy = "no_active_policy";
}
