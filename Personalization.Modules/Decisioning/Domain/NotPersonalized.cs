namespace Personalization.Decisioning.Domain;

/// <summary>Values of <see cref="Contracts.Recommendations.NotPersonalizedReason"/>.</summary>
internal static class NotPersonalized
{
    public const string UnknownProfile = "unknown_profile";
    public const string ConsentDefault = "consent_default";
    public const string ConsentDenied = "consent_denied";
    public const string ConsentExpired = "consent_expired";
    public const string NonProfiling = "non_profiling";
    public const string ProfileNotInMemory = "profile_not_in_memory";
    public const string NoHistory = "no_history";
}
