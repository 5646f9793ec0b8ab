using System.Text;
using Microsoft.Extensions.Options;

namespace Personalization.Consent;

/// <summary>Checks what annotations cannot: names that point at each other. Every error at once.</summary>
internal sealed class ConsentOptionsValidator : IValidateOptions<ConsentOptions>
{
    private const int MaxNameBytes = 64;

    public ValidateOptionsResult Validate(string? name, ConsentOptions options)
    {
        var errors = new List<string>();
        if (options.DefaultJurisdiction.Length > 0 && !options.Jurisdictions.ContainsKey(options.DefaultJurisdiction))
        {
            errors.Add($"Consent:DefaultJurisdiction is '{options.DefaultJurisdiction}', which is none of Consent:Jurisdictions.");
        }

        var owners = new Dictionary<string, string>(StringComparer.OrdinalIgnoreCase);
        foreach (var (jurisdiction, settings) in options.Jurisdictions)
        {
            CheckName(jurisdiction, errors);
            foreach (var country in settings.Countries)
            {
                CheckName(country, errors);
                if (!owners.TryAdd(country, jurisdiction) && owners[country] != jurisdiction)
                {
                    errors.Add($"Country '{country}' is in two jurisdictions: {owners[country]} and {jurisdiction}.");
                }
            }
        }

        return errors.Count == 0 ? ValidateOptionsResult.Success : ValidateOptionsResult.Fail(errors);
    }

    private static void CheckName(string name, List<string> errors)
    {
        if (string.IsNullOrWhiteSpace(name) || Encoding.UTF8.GetByteCount(name) > MaxNameBytes)
        {
            errors.Add($"'{name}' in Consent:Jurisdictions must have 1 to {MaxNameBytes} bytes.");
        }
    }
}
