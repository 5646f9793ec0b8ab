using static Personalization.Consent.Domain.Gpp.UsField;

namespace Personalization.Consent.Domain.Gpp;

/// <summary>
/// Where the fields of one section stand. Every section begins with six bits of version, then come values of two bits. Sources: the
/// section documents of the Global Privacy Platform; for sections 21 and later its library, <c>@iabgpp/cmpapi</c> 3.2.0.
/// </summary>
internal sealed class UsLayout
{
    private const int FirstSection = 7;

    private static readonly (UsField, int)[] Mspa = [(MspaCoveredTransaction, 1), (MspaOptOutOptionMode, 1), (MspaServiceProviderMode, 1)];

    private static readonly UsLayout[] Layouts =
    [
        National(sensitive: 16, child: 3),
        new("usca", "US-CA", [
            (SaleOptOutNotice, 1), (SharingOptOutNotice, 1), (SensitiveDataLimitUseNotice, 1), (SaleOptOut, 1), (SharingOptOut, 1),
            (SensitiveDataProcessing, 9), (KnownChildSensitiveDataConsents, 2), (PersonalDataConsents, 1), .. Mspa]),
        State("usva", SharingNotice, sensitive: 8, child: 1, hasGpc: false),
        State("usco", SharingNotice, sensitive: 7, child: 1),
        new("usut", "US-UT", [
            (SharingNotice, 1), (SaleOptOutNotice, 1), (TargetedAdvertisingOptOutNotice, 1), (SensitiveDataProcessingOptOutNotice, 1),
            (SaleOptOut, 1), (TargetedAdvertisingOptOut, 1), (SensitiveDataProcessing, 8), (KnownChildSensitiveDataConsents, 1), .. Mspa])
        { HasGpc = false },
        State("usct", SharingNotice, sensitive: 8, child: 3),
        State("usfl", ProcessingNotice, sensitive: 8, child: 3, hasAdditional: true, hasGpc: false),
        State("usmt", SharingNotice, sensitive: 8, child: 3, hasAdditional: true),
        State("usor", ProcessingNotice, sensitive: 11, child: 3, hasAdditional: true),
        State("ustx", ProcessingNotice, sensitive: 8, child: 1, hasAdditional: true),
        State("usde", ProcessingNotice, sensitive: 9, child: 5, hasAdditional: true),
        new("usia", "US-IA", [
            (ProcessingNotice, 1), (SaleOptOutNotice, 1), (TargetedAdvertisingOptOutNotice, 1), (SensitiveDataOptOutNotice, 1),
            (SaleOptOut, 1), (TargetedAdvertisingOptOut, 1), (SensitiveDataProcessing, 8), (KnownChildSensitiveDataConsents, 1), .. Mspa]),
        State("usne", ProcessingNotice, sensitive: 8, child: 1, hasAdditional: true),
        State("usnh", ProcessingNotice, sensitive: 8, child: 3, hasAdditional: true),
        State("usnj", ProcessingNotice, sensitive: 10, child: 5, hasAdditional: true),
        State("ustn", ProcessingNotice, sensitive: 8, child: 1, hasAdditional: true),
        State("usmn", ProcessingNotice, sensitive: 8, child: 1, hasAdditional: true),
        Late("usmd", child: 0, sensitiveApart: 0),
        Late("usin", child: 1, sensitiveApart: 8),
        Late("usky", child: 1, sensitiveApart: 8),
        Late("usri", child: 1, sensitiveApart: 8),
    ];

    private static readonly UsLayout NationalVersion1 = National(sensitive: 12, child: 2);

    private readonly byte[] _starts = new byte[Enum.GetValues<UsField>().Length];
    private readonly byte[] _counts = new byte[Enum.GetValues<UsField>().Length];

    private UsLayout(string name, string region, (UsField Field, int Count)[] fields)
    {
        Name = name;
        Region = region;
        Fields = [.. fields.Where(field => field.Count > 0).Select(field => field.Field)];
        var bits = 6;
        foreach (var (field, count) in fields)
        {
            _starts[(int)field] = (byte)bits;
            _counts[(int)field] = (byte)count;
            bits += 2 * count;
        }

        Bits = bits;
    }

    /// <summary>The specification's name of the section, for example <c>usca</c>.</summary>
    public string Name { get; }

    /// <summary>ISO 3166-2 code of the state, or <c>US</c> for the national section.</summary>
    public string Region { get; }

    /// <summary>Fields of the core in their order.</summary>
    public IReadOnlyList<UsField> Fields { get; }

    /// <summary>Length of the core.</summary>
    public int Bits { get; }

    /// <summary>Whether the specification gives the section a sub-section for Global Privacy Control.</summary>
    public bool HasGpc { get; private init; } = true;

    /// <summary>Categories of sensitive data in a sub-section of their own, which bears no type; 0 when they stand in the core.</summary>
    public int SensitiveApart { get; private init; }

    /// <summary>Whether the section begins with the version of the MSPA, an agreement of the advertising industry, instead of its own.</summary>
    public bool StartsWithMspa { get; private init; }

    /// <summary>Whether we know the fields of a section.</summary>
    public static bool Knows(int sectionId) => (uint)(sectionId - FirstSection) < (uint)Layouts.Length;

    /// <summary>The layout of a section in a version; null for a version that we do not know.</summary>
    public static UsLayout? Of(int sectionId, int version) => (sectionId, version) switch
    {
        (FirstSection, 1) => NationalVersion1,
        (FirstSection, 2) => Layouts[0],
        (FirstSection, _) => null,
        (_, 1) => Layouts[sectionId - FirstSection],
        _ => null,
    };

    /// <summary>Number of the section of a state (ISO 3166-2, any case); 0 for a region without one.</summary>
    public static int SectionOf(ReadOnlySpan<char> region)
    {
        for (var i = 1; i < Layouts.Length; i++)
        {
            if (region.Equals(Layouts[i].Region, StringComparison.OrdinalIgnoreCase))
            {
                return i + FirstSection;
            }
        }

        return 0;
    }

    /// <summary>First bit of a field.</summary>
    public int StartOf(UsField field) => _starts[(int)field];

    /// <summary>Values of a field; 0 when the section does not have it.</summary>
    public int CountOf(UsField field) => _counts[(int)field];

    private static UsLayout National(int sensitive, int child) => new("usnat", "US", [
        (SharingNotice, 1), (SaleOptOutNotice, 1), (SharingOptOutNotice, 1), (TargetedAdvertisingOptOutNotice, 1),
        (SensitiveDataProcessingOptOutNotice, 1), (SensitiveDataLimitUseNotice, 1), (SaleOptOut, 1), (SharingOptOut, 1),
        (TargetedAdvertisingOptOut, 1), (SensitiveDataProcessing, sensitive), (KnownChildSensitiveDataConsents, child),
        (PersonalDataConsents, 1), .. Mspa]);

    private static UsLayout State(string name, UsField notice, int sensitive, int child, bool hasAdditional = false, bool hasGpc = true) =>
        new(name, RegionOf(name), [
            (notice, 1), (SaleOptOutNotice, 1), (TargetedAdvertisingOptOutNotice, 1), (SaleOptOut, 1), (TargetedAdvertisingOptOut, 1),
            (SensitiveDataProcessing, sensitive), (KnownChildSensitiveDataConsents, child),
            (AdditionalDataProcessingConsent, hasAdditional ? 1 : 0), .. Mspa])
        {
            HasGpc = hasGpc,
        };

    private static UsLayout Late(string name, int child, int sensitiveApart) =>
        new(name, RegionOf(name), [
            (MspaCoveredTransaction, 1), (MspaMode, 1), (ProcessingNotice, 1), (SaleOptOutNotice, 1), (TargetedAdvertisingOptOutNotice, 1),
            (SaleOptOut, 1), (TargetedAdvertisingOptOut, 1), (KnownChildSensitiveDataConsents, child), (AdditionalDataProcessingConsent, 1)])
        {
            HasGpc = sensitiveApart == 0,
            SensitiveApart = sensitiveApart,
            StartsWithMspa = true,
        };

    private static string RegionOf(string name) => "US-" + name[2..].ToUpperInvariant();
}
