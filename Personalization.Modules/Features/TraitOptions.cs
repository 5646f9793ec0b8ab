using System.ComponentModel.DataAnnotations;
using System.Text;

namespace Personalization.Features;

/// <summary>What is kept of the traits that are said of people; section <c>Personalization:Features:Traits</c>.</summary>
public sealed class TraitOptions : IValidatableObject
{
    public const string Section = "Features:Traits";
    private const int MaxPathBytes = 64;

    /// <summary>
    /// Traits that are kept although they tell who somebody is, for example <c>address.country</c> or <c>birthday</c>; none by default.
    /// Names, e-mail, phone, addresses, dates of birth, pictures and numbers of documents are not needed to choose what to show: identity
    /// knows what it needs as keyed hashes. A path of names with dots, in any usual spelling, at most 64 bytes. After a change
    /// the next start replays the log once.
    /// </summary>
    [MaxLength(64)]
    public IList<string> Keep { get; set; } = [];

    /// <summary>Names of traits that get a number, default 2,000; later ones are not kept, and counted.</summary>
    [Range(64, 100_000)]
    public int MaxNames { get; set; } = 2_000;

    /// <summary>Pairs of source and licence that imported traits may come with, default 1,000; later ones are not kept, and counted.</summary>
    [Range(1, 100_000)]
    public int MaxSources { get; set; } = 1_000;

    /// <summary>Bytes of one import of traits, default 16 MiB: some 100,000 people.</summary>
    [Range(1 << 10, 256 << 20)]
    public int MaxImportBytes { get; set; } = 16 << 20;

    /// <summary>A fault for each path that is none.</summary>
    public IEnumerable<ValidationResult> Validate(ValidationContext validationContext) => Keep
        .Where(path => path.Split('.').Contains("") || Encoding.UTF8.GetByteCount(path) > MaxPathBytes || path.All(letter => letter is ' ' or '_' or '-'))
        .Select(path => new ValidationResult($"'{path}' is no path: names with dots between them, at most {MaxPathBytes} bytes.", [nameof(Keep)]));
}
