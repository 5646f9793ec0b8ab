namespace Personalization.Tracking.Domain.Schemas.Patterns;

/// <summary>The values of General_Category under their names in the Unicode Character Database, as .NET's expressions spell them.</summary>
internal static class UnicodeCategories
{
    private static readonly Dictionary<string, string> ShortNames = new(StringComparer.Ordinal)
    {
        ["Letter"] = "L",
        ["Uppercase_Letter"] = "Lu",
        ["Lowercase_Letter"] = "Ll",
        ["Titlecase_Letter"] = "Lt",
        ["Modifier_Letter"] = "Lm",
        ["Other_Letter"] = "Lo",
        ["Mark"] = "M",
        ["Combining_Mark"] = "M",
        ["Nonspacing_Mark"] = "Mn",
        ["Spacing_Mark"] = "Mc",
        ["Enclosing_Mark"] = "Me",
        ["Number"] = "N",
        ["Decimal_Number"] = "Nd",
        ["digit"] = "Nd",
        ["Letter_Number"] = "Nl",
        ["Other_Number"] = "No",
        ["Punctuation"] = "P",
        ["punct"] = "P",
        ["Connector_Punctuation"] = "Pc",
        ["Dash_Punctuation"] = "Pd",
        ["Open_Punctuation"] = "Ps",
        ["Close_Punctuation"] = "Pe",
        ["Initial_Punctuation"] = "Pi",
        ["Final_Punctuation"] = "Pf",
        ["Other_Punctuation"] = "Po",
        ["Symbol"] = "S",
        ["Math_Symbol"] = "Sm",
        ["Currency_Symbol"] = "Sc",
        ["Modifier_Symbol"] = "Sk",
        ["Other_Symbol"] = "So",
        ["Separator"] = "Z",
        ["Space_Separator"] = "Zs",
        ["Line_Separator"] = "Zl",
        ["Paragraph_Separator"] = "Zp",
        ["Other"] = "C",
        ["Control"] = "Cc",
        ["cntrl"] = "Cc",
        ["Format"] = "Cf",
        ["Surrogate"] = "Cs",
        ["Private_Use"] = "Co",
        ["Unassigned"] = "Cn",
    };

    /// <summary>Adds what <c>\p{name}</c> matches to a set.</summary>
    /// <returns>False for a property that is not known here, such as a script.</returns>
    public static bool TryAdd(string name, bool isNegated, CodePointSet set)
    {
        if (name is "Any" or "ASCII")
        {
            var all = CodePointSet.Of((0, name == "Any" ? 0x10FFFF : 0x7F));
            set.Add(isNegated ? all.Complement() : all);
            return true;
        }

        var category = name[(name.IndexOf('=', StringComparison.Ordinal) + 1)..];
        if (name.Length != category.Length && name[..^(category.Length + 1)] is not ("General_Category" or "gc"))
        {
            return false;
        }

        if (ShortNames.TryGetValue(category, out var known) || ShortNames.ContainsValue(category))
        {
            set.AddCategory($"\\{(isNegated ? 'P' : 'p')}{{{known ?? category}}}");
            return true;
        }

        return false;
    }
}
