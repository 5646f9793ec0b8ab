using System.ComponentModel.DataAnnotations;

namespace Personalization.Consent;

/// <summary>Where the global vendor list comes from; section <c>Personalization:Consent:VendorList</c>.</summary>
public sealed class VendorListOptions : IValidatableObject
{
    public const string Section = "Consent:VendorList";

    /// <summary>A file with the list, relative to the working directory. Default none. Read again at every refresh.</summary>
    public string? Path { get; set; }

    /// <summary>
    /// Address of the list, for example <c>https://vendor-list.consensu.org/v3/vendor-list.json</c>. Default none: the product calls
    /// nobody unless it is told to, and without a list every question for a vendor is denied.
    /// </summary>
    public string? Url { get; set; }

    /// <summary>Hours between refreshes, default 24: a new version is published once a week, on Thursdays.</summary>
    [Range(1, 24 * 28)]
    public int RefreshHours { get; set; } = 24;

    /// <summary>Largest list in bytes, default 16 MiB; today's has less than 2.</summary>
    [Range(64 * 1024, 256 * 1024 * 1024)]
    public int MaxBytes { get; set; } = 16 * 1024 * 1024;

    /// <summary>Seconds after which a download is given up, default 30.</summary>
    [Range(1, 600)]
    public int TimeoutSeconds { get; set; } = 30;

    internal bool IsConfigured => !string.IsNullOrEmpty(Path) || !string.IsNullOrEmpty(Url);

    public IEnumerable<ValidationResult> Validate(ValidationContext validationContext)
    {
        if (!string.IsNullOrEmpty(Path) && !string.IsNullOrEmpty(Url))
        {
            yield return new ValidationResult($"{Section}: Path and Url are both set; a list comes from one place.");
        }

        if (!string.IsNullOrEmpty(Url) && !IsWebAddress(Url))
        {
            yield return new ValidationResult($"{Section}:Url is not an absolute http or https address.");
        }
    }

    private static bool IsWebAddress(string address) =>
        Uri.TryCreate(address, UriKind.Absolute, out var uri) && (uri.Scheme == Uri.UriSchemeHttps || uri.Scheme == Uri.UriSchemeHttp);
}
