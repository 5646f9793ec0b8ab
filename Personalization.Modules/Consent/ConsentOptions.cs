using Personalization.Consent.Contracts;

namespace Personalization.Consent;

/// <summary>Consent where nobody has said anything; section <c>Personalization:Consent</c>.</summary>
public sealed class ConsentOptions
{
    public const string Section = "Consent";

    /// <summary>
    /// Purposes that count as granted, on legitimate interest, for shoppers who have stated nothing, wherever they are, by name: Collect,
    /// Profile, Personalise, Measure, Activate, Train, or All. Default: none, because what is not known is not allowed. Collecting alone
    /// is allowed until somebody refuses it, or a jurisdiction does.
    /// </summary>
    public IList<Purposes> DefaultGranted { get; set; } = [];

    /// <summary>
    /// What the categories of the shop's consent banner mean: category name to purposes, for example
    /// <c>"Personalisation": ["Profile", "Personalise", "Train"]</c>. The purposes' own names are always understood.
    /// </summary>
    public IDictionary<string, Purposes[]> Categories { get; } = new Dictionary<string, Purposes[]>(StringComparer.OrdinalIgnoreCase);

    /// <summary>
    /// Places where other defaults count, by name. An event's <c>context.consent.jurisdiction</c> chooses one, else its
    /// <c>context.location.country</c>. Default none.
    /// </summary>
    public IDictionary<string, JurisdictionOptions> Jurisdictions { get; } =
        new Dictionary<string, JurisdictionOptions>(StringComparer.OrdinalIgnoreCase);

    /// <summary>Name of the jurisdiction of shoppers of whom nobody knows where they are. Default empty: <see cref="DefaultGranted"/> alone.</summary>
    public string DefaultJurisdiction { get; set; } = "";

    /// <summary>When this shop began to honour Global Privacy Control, for <c>/.well-known/gpc.json</c>. Default: not said.</summary>
    public DateTimeOffset? GpcSince { get; set; }

    internal Dictionary<string, byte> CategoryPurposes =>
        Categories.ToDictionary(category => category.Key, category => (byte)Join(category.Value), StringComparer.OrdinalIgnoreCase);

    private static Purposes Join(IEnumerable<Purposes> purposes) => purposes.Aggregate(Purposes.None, (all, purpose) => all | purpose);
}

/// <summary>The defaults of one jurisdiction.</summary>
public sealed class JurisdictionOptions
{
    /// <summary>Countries, as events name them in <c>context.location.country</c>: codes, names, or both. In one jurisdiction each.</summary>
    public IList<string> Countries { get; } = [];

    /// <summary>
    /// Ground of each purpose for shoppers who have stated nothing: None denies it. A purpose that is not mentioned is as everywhere.
    /// </summary>
    public IDictionary<Purposes, LawfulBasis> Defaults { get; } = new Dictionary<Purposes, LawfulBasis>();
}
