using Personalization.Consent.Contracts;

namespace Personalization.Consent;

/// <summary>Consent where nobody has said anything; section <c>Personalization:Consent</c>.</summary>
public sealed class ConsentOptions
{
    public const string Section = "Consent";

    /// <summary>
    /// Purposes that count as granted for shoppers who have stated nothing, by name: Collect, Profile, Personalise, Measure,
    /// Activate, Train, or All. Default: none, because what is not known is not allowed.
    /// </summary>
    public IList<Purposes> DefaultGranted { get; set; } = [];

    internal Purposes DefaultPurposes => DefaultGranted.Aggregate(Purposes.None, (all, purpose) => all | purpose);
}
