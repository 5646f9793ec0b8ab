using Personalization.Kernel.Json;

namespace Personalization.Tracking.Contracts;

/// <summary>
/// What the words that consent banners send mean: names of purposes, and an installation's own categories
/// ("advertising", "C0004") for one or several purposes. Immutable; asked with UTF-8, without allocating.
/// </summary>
public sealed class ConsentVocabulary
{
    /// <summary>The six purposes, in both spellings, as bits of the Consent module. A test keeps them equal to its own.</summary>
    private static readonly Dictionary<string, byte> Purposes = new()
    {
        ["collect"] = 1,
        ["collection"] = 1,
        ["profile"] = 2,
        ["profiling"] = 2,
        ["personalise"] = 4,
        ["personalize"] = 4,
        ["personalisation"] = 4,
        ["personalization"] = 4,
        ["measure"] = 8,
        ["measurement"] = 8,
        ["activate"] = 16,
        ["activation"] = 16,
        ["train"] = 32,
        ["training"] = 32,
    };

    private readonly NameTable<byte> _names;

    /// <param name="categories">
    /// Purposes of the installation's own categories: bits that are added up (Collect 1, Profile 2, Personalise 4, Measure 8,
    /// Activate 16, Train 32). A category called like a purpose replaces it.
    /// </param>
    public ConsentVocabulary(IReadOnlyDictionary<string, byte> categories)
    {
        var own = new Dictionary<string, byte>(categories, StringComparer.OrdinalIgnoreCase);
        _names = new NameTable<byte>(Purposes.Where(purpose => !own.ContainsKey(purpose.Key)).Concat(own));
    }

    /// <summary>Purposes of a name, in any ASCII case; 0 for a name that says nothing to us.</summary>
    public byte PurposesOf(ReadOnlySpan<byte> name) => _names.TryGet(name, out var purposes) ? purposes : (byte)0;
}
