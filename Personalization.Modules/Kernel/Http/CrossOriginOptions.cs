using System.ComponentModel.DataAnnotations;

namespace Personalization.Kernel.Http;

/// <summary>Which web pages may call the addresses that browsers call. Section <c>Personalization:CrossOrigin</c>.</summary>
public sealed class CrossOriginOptions : IValidatableObject
{
    public const string Section = "CrossOrigin";

    /// <summary>
    /// Origins, for example <c>https://shop.example</c>. Default none, which means any: write keys are public, and no cookie of ours
    /// says who somebody is, so another page can do nothing that a script without a page could not.
    /// </summary>
    public IList<string> AllowedOrigins { get; } = [];

    public IEnumerable<ValidationResult> Validate(ValidationContext validationContext)
    {
        foreach (var origin in AllowedOrigins.Where(origin => !IsOrigin(origin)))
        {
            yield return new ValidationResult(
                $"Personalization:CrossOrigin:AllowedOrigins: '{origin}' is no origin. Write scheme and host, and a port if it is not the " +
                "usual one, without a slash at the end: https://shop.example",
                [nameof(AllowedOrigins)]);
        }
    }

    private static bool IsOrigin(string text) =>
        Uri.TryCreate(text, UriKind.Absolute, out var uri) && uri.GetLeftPart(UriPartial.Authority).Equals(text, StringComparison.OrdinalIgnoreCase);
}
