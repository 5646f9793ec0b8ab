using System.Diagnostics;

namespace Personalization.Decisioning.Domain;

/// <summary>What a trace shows of a decision. Costs nothing while nobody listens.</summary>
internal static class DecisionTrace
{
    /// <summary>A shopper's profile is read: never without permission to profile and to personalise.</summary>
    public const string ReadProfile = "profile.read";

    public static ActivitySource Source { get; } = new("Personalization.Decisioning");
}
