using Microsoft.Extensions.Options;

namespace Personalization.Consent;

/// <summary>Reports every country that is none, or that belongs to two regions.</summary>
internal sealed class ResidencyOptionsValidator : IValidateOptions<ResidencyOptions>
{
    private const int MaxNameLength = 64;

    public ValidateOptionsResult Validate(string? name, ResidencyOptions options)
    {
        var errors = new List<string>();
        var owners = new Dictionary<string, string>(StringComparer.OrdinalIgnoreCase);
        foreach (var (region, countries) in options.Regions)
        {
            foreach (var country in countries)
            {
                CheckCountry(country, $"Regions:{region}", errors);
                if (!owners.TryAdd(country, region))
                {
                    errors.Add($"{ResidencyOptions.Section}:Regions: {country} is in {owners[country]} and in {region}.");
                }
            }
        }

        foreach (var (country, code) in options.CountryNames)
        {
            CheckCountry(code, $"CountryNames:{country}", errors);
        }

        foreach (var text in options.Sources.Values.Concat(options.Rules.Values.SelectMany(regions => regions)).Append(options.DefaultRegion))
        {
            if (text.Length is 0 or > MaxNameLength)
            {
                errors.Add($"{ResidencyOptions.Section}: a region has a name of 1 to {MaxNameLength} characters, not '{text}'.");
            }
        }

        return errors.Count == 0 ? ValidateOptionsResult.Success : ValidateOptionsResult.Fail(errors);
    }

    private static void CheckCountry(string code, string place, List<string> errors)
    {
        if (code.Length != 2 || !code.All(char.IsAsciiLetter))
        {
            errors.Add($"{ResidencyOptions.Section}:{place}: '{code}' is no ISO 3166-1 alpha-2 code.");
        }
    }
}
