using Personalization.Kernel.Json;

namespace Personalization.Consent.Domain.Residency;

/// <summary>Finds a country by its code or by a name. Segment's own clients send names. Does not allocate.</summary>
internal sealed class Countries(IEnumerable<KeyValuePair<string, string>> furtherNames)
{
    /// <summary>The European Economic Area: the region <c>eu</c>, where nothing else is configured.</summary>
    public static readonly string[] EuropeanEconomicArea =
    [
        "AT", "BE", "BG", "CY", "CZ", "DE", "DK", "EE", "ES", "FI", "FR", "GR", "HR", "HU", "IE", "IS", "IT", "LI", "LT", "LU", "LV", "MT", "NL", "NO",
        "PL", "PT", "RO", "SE", "SI", "SK",
    ];

    private static readonly KeyValuePair<string, string>[] Known =
    [
        new("Austria", "AT"), new("Belgium", "BE"), new("Bulgaria", "BG"), new("Cyprus", "CY"), new("Czechia", "CZ"), new("Czech Republic", "CZ"),
        new("Germany", "DE"), new("Denmark", "DK"), new("Estonia", "EE"), new("Spain", "ES"), new("Finland", "FI"), new("France", "FR"),
        new("Greece", "GR"), new("Croatia", "HR"), new("Hungary", "HU"), new("Ireland", "IE"), new("Iceland", "IS"), new("Italy", "IT"),
        new("Liechtenstein", "LI"), new("Lithuania", "LT"), new("Luxembourg", "LU"), new("Latvia", "LV"), new("Malta", "MT"), new("Netherlands", "NL"),
        new("Norway", "NO"), new("Poland", "PL"), new("Portugal", "PT"), new("Romania", "RO"), new("Sweden", "SE"), new("Slovenia", "SI"),
        new("Slovakia", "SK"), new("United Kingdom", "GB"), new("Great Britain", "GB"), new("Switzerland", "CH"), new("United States", "US"),
        new("United States of America", "US"), new("Canada", "CA"), new("Australia", "AU"), new("New Zealand", "NZ"), new("Japan", "JP"),
        new("China", "CN"), new("India", "IN"), new("Brazil", "BR"), new("Mexico", "MX"), new("Turkey", "TR"), new("Ukraine", "UA"),
    ];

    private readonly NameTable<CountryCode> _byName = new(
        Known.Where(known => !furtherNames.Any(further => string.Equals(further.Key, known.Key, StringComparison.OrdinalIgnoreCase)))
            .Concat(furtherNames)
            .Select(pair => KeyValuePair.Create(pair.Key, CountryCode.Parse(pair.Value))));

    /// <summary>None for a text that names no known country.</summary>
    public CountryCode Find(ReadOnlySpan<byte> text)
    {
        var trimmed = text.Trim((byte)' ');
        var code = CountryCode.Parse(trimmed);
        return !code.IsNone ? code : _byName.TryGet(trimmed, out var named) ? named : default;
    }
}
