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

    /// <summary>
    /// What the categories of the shop's consent banner mean: category name to purposes, for example
    /// <c>"Personalisation": ["Profile", "Personalise", "Train"]</c>. The purposes' own names are always understood.
    /// </summary>
    public IDictionary<string, Purposes[]> Categories { get; } = new Dictionary<string, Purposes[]>(StringComparer.OrdinalIgnoreCase);

    internal Purposes DefaultPurposes => Join(DefaultGranted);

    internal Dictionary<string, byte> CategoryPurposes =>
        Categories.ToDictionary(category => category.Key, category => (byte)Join(category.Value), StringComparer.OrdinalIgnoreCase);

    private static Purposes Join(IEnumerable<Purposes> purposes) => purposes.Aggregate(Purposes.None, (all, purpose) => all | purpose);
}
