namespace Personalization.Consent.Domain.Rights;

/// <summary>OpenDSR's four statuses. It has none for a refusal, so that one is cancelled there, with its reason beside it.</summary>
internal static class OpenDsrStatus
{
    public const string Pending = "pending";
    public const string InProgress = "in_progress";
    public const string Completed = "completed";
    public const string Cancelled = "cancelled";

    public static string Of(RightsState state) => state switch
    {
        RightsState.Pending => Pending,
        RightsState.InProgress => InProgress,
        RightsState.Completed => Completed,
        _ => Cancelled,
    };
}
