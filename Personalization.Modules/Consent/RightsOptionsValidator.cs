using Microsoft.Extensions.Options;

namespace Personalization.Consent;

/// <summary>What annotations cannot say of the recipients and the key.</summary>
internal sealed class RightsOptionsValidator : IValidateOptions<RightsOptions>
{
    public ValidateOptionsResult Validate(string? name, RightsOptions options)
    {
        var faults = Faults(options).ToList();
        return faults.Count == 0 ? ValidateOptionsResult.Success : ValidateOptionsResult.Fail(faults);
    }

    private static IEnumerable<string> Faults(RightsOptions options)
    {
        if (string.IsNullOrEmpty(options.SigningKeyFile) != string.IsNullOrEmpty(options.CertificateFile))
        {
            yield return "Rights:SigningKeyFile and Rights:CertificateFile belong together.";
        }

        foreach (var recipient in options.Recipients)
        {
            if (recipient.Name.Length is 0 or > 200)
            {
                yield return "Each of Rights:Recipients needs a Name of 1 to 200 characters.";
            }

            if (Pipeline.Rights.OutboundAddress.Parse(recipient.Url) is null)
            {
                yield return $"Rights:Recipients: the Url of {recipient.Name} must be an http or https address.";
            }
        }

        if (options.Recipients.DistinctBy(recipient => recipient.Name, StringComparer.Ordinal).Count() < options.Recipients.Count)
        {
            yield return "Rights:Recipients: names must be different.";
        }
    }
}
