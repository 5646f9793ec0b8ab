using System.ComponentModel.DataAnnotations;
using Personalization.Consent.Contracts;

namespace Personalization.Consent;

/// <summary>What consent strings (TCF, GPP) mean for the shop's own purposes; section <c>Personalization:Consent:Strings</c>.</summary>
public sealed class ConsentStringOptions : IValidatableObject
{
    public const string Section = "Consent:Strings";

    /// <summary>
    /// Days after its last change for which a TC string counts, default 395: IAB Europe asks for a reminder of the choice at least every
    /// 13 months.
    /// </summary>
    [Range(1, 3_650)]
    public int MaxAgeDays { get; set; } = 395;

    /// <summary>
    /// Our number in the global vendor list, for purposes that are answered on the path <see cref="StringPath.Vendor"/>. Default none: a
    /// shop has no such number.
    /// </summary>
    [Range(1, 65_535)]
    public int? VendorId { get; set; }

    /// <summary>
    /// Publisher countries (two letters) for which the operator vouches that the law asks nobody for purpose 1, storing on the device.
    /// Only strings that say so themselves are affected. Default none: without it, what was not asked was not granted.
    /// </summary>
    public IList<string> PurposeOneCountries { get; } = [];

    /// <summary>
    /// How each own purpose is answered: <c>"Profile": { "Path": "PublisherCustom", "Numbers": [2] }</c>. One path for each purpose, never
    /// the more convenient of two. A purpose that is left out keeps its default: the publisher's own purposes, by consent, with the
    /// numbers collect 1, profile 5, personalise 6, measure 8, activate 3 and 4, train 10.
    /// </summary>
    public IDictionary<Purposes, PurposeStringOptions> Purposes { get; } = new Dictionary<Purposes, PurposeStringOptions>();

    public IEnumerable<ValidationResult> Validate(ValidationContext validationContext)
    {
        foreach (var (purpose, rule) in Purposes)
        {
            if (System.Numerics.BitOperations.PopCount((uint)purpose) != 1)
            {
                yield return new ValidationResult($"{Section}:Purposes: {purpose} is not one purpose.");
            }

            if (rule.Path == StringPath.Vendor && VendorId is null)
            {
                yield return new ValidationResult($"{Section}:Purposes:{purpose} is answered for a vendor, but {Section}:VendorId is not set.");
            }

            var max = rule.Path == StringPath.PublisherCustom ? 63 : 24;
            if (rule.Numbers.Any(number => number < 1 || number > max))
            {
                yield return new ValidationResult($"{Section}:Purposes:{purpose}: numbers lie between 1 and {max}.");
            }

            if (rule.Path == StringPath.PublisherCustom && rule.Numbers.Count == 0)
            {
                yield return new ValidationResult($"{Section}:Purposes:{purpose}: a custom purpose has no default number.");
            }
        }

        if (PurposeOneCountries.Any(country => country.Length != 2 || !country.All(char.IsAsciiLetterUpper)))
        {
            yield return new ValidationResult($"{Section}:PurposeOneCountries: two capital letters each.");
        }
    }
}

/// <summary>How one own purpose is answered by a TC string.</summary>
public sealed class PurposeStringOptions
{
    /// <summary>Default the publisher's own purposes.</summary>
    public StringPath Path { get; set; } = StringPath.Publisher;

    /// <summary>TCF's purposes, or custom ones; all of them must be permitted. Default: what the guidelines of TCF gate the own purpose with.</summary>
    public IList<int> Numbers { get; } = [];

    /// <summary>On the publisher's paths: the ground that the shop told people of. Default consent.</summary>
    public bool ByLegitimateInterest { get; set; }
}
