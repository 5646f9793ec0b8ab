namespace Personalization.Consent;

/// <summary>Where data belongs and may go; section <c>Personalization:Residency</c>.</summary>
public sealed class ResidencyOptions
{
    public const string Section = "Residency";

    /// <summary>What stands for a region that nobody knows.</summary>
    public const string Unknown = "unknown";

    /// <summary>All destinations that have no rule of their own, or all regions.</summary>
    public const string Any = "*";

    /// <summary>
    /// Regions by name, with their countries as ISO 3166-1 alpha-2 codes. Default: <c>eu</c> with the European Economic Area. A country in
    /// none is a region of its own, under its code in small letters.
    /// </summary>
    public IDictionary<string, string[]> Regions { get; } = new Dictionary<string, string[]>(StringComparer.OrdinalIgnoreCase);

    /// <summary>Names of countries as events may write them, with their codes. Default none: codes and the usual English names are known.</summary>
    public IDictionary<string, string> CountryNames { get; } = new Dictionary<string, string>(StringComparer.OrdinalIgnoreCase);

    /// <summary>Sources by name, with the region of shoppers whose events name no country. Default none.</summary>
    public IDictionary<string, string> Sources { get; } = new Dictionary<string, string>(StringComparer.OrdinalIgnoreCase);

    /// <summary>Region of everybody else. Default <c>unknown</c>, whose data goes only where all regions' may.</summary>
    public string DefaultRegion { get; set; } = Unknown;

    /// <summary>
    /// Destinations by name, <c>*</c> for all others, with the regions whose data they may have, <c>*</c> for all. Default none, and then data
    /// may go everywhere; as soon as there is one rule, a destination without any gets nothing.
    /// </summary>
    public IDictionary<string, string[]> Rules { get; } = new Dictionary<string, string[]>(StringComparer.OrdinalIgnoreCase);
}
