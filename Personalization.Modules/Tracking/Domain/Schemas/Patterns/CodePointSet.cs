using System.Text;

namespace Personalization.Tracking.Domain.Schemas.Patterns;

/// <summary>
/// What a character class of ECMA-262 matches: code points, and Unicode categories by name. Written for .NET, which matches UTF-16 units,
/// so that a character beyond U+FFFF is one character there too. Categories know the characters up to U+FFFF.
/// </summary>
internal sealed class CodePointSet
{
    private const int LastOfPlane = 0xFFFF;
    private const int Last = 0x10FFFF;
    private readonly List<(int First, int Last)> _ranges = [];
    private readonly StringBuilder _categories = new();

    public static CodePointSet Of(params ReadOnlySpan<(int First, int Last)> ranges)
    {
        var set = new CodePointSet();
        foreach (var (first, last) in ranges)
        {
            set.Add(first, last);
        }

        return set;
    }

    public static CodePointSet Digits => Of(('0', '9'));

    public static CodePointSet WordLetters => Of(('0', '9'), ('A', 'Z'), ('_', '_'), ('a', 'z'));

    /// <summary>WhiteSpace and LineTerminator of ECMA-262.</summary>
    public static CodePointSet Spaces => Of(
        (9, 13), (' ', ' '), (0xA0, 0xA0), (0x1680, 0x1680), (0x2000, 0x200A), (0x2028, 0x2029), (0x202F, 0x202F), (0x205F, 0x205F),
        (0x3000, 0x3000), (0xFEFF, 0xFEFF));

    public static CodePointSet LineEnds => Of(('\n', '\n'), ('\r', '\r'), (0x2028, 0x2029));

    public void Add(int first, int last) => _ranges.Add((first, last));

    public void Add(CodePointSet other)
    {
        _ranges.AddRange(other._ranges);
        _categories.Append(other._categories);
    }

    /// <summary>A category in .NET's spelling, for example <c>\p{L}</c>.</summary>
    public void AddCategory(string category) => _categories.Append(category);

    public CodePointSet Complement()
    {
        var complement = new CodePointSet();
        var next = 0;
        foreach (var (first, last) in _ranges.Order())
        {
            if (first > next)
            {
                complement.Add(next, first - 1);
            }

            next = Math.Max(next, last + 1);
        }

        if (next <= Last)
        {
            complement.Add(next, Last);
        }

        return complement;
    }

    public string ToPattern(bool isNegated)
    {
        if (_categories.Length == 0)
        {
            return isNegated ? Complement().ToPattern(isNegated: false) : Alternatives("[" + Plane(_ranges) + "]", _ranges);
        }

        return isNegated
            ? Alternatives($"[^{_categories}{Plane(_ranges)}\\ud800-\\udfff]", Complement()._ranges)
            : Alternatives($"[{_categories}{Plane(_ranges)}]", _ranges);
    }

    private static string Alternatives(string plane, List<(int First, int Last)> ranges)
    {
        var pairs = ranges.Where(range => range.Last > LastOfPlane)
            .SelectMany(range => Pairs(Math.Max(range.First, LastOfPlane + 1), range.Last)).ToArray();
        return pairs.Length == 0
            ? plane == "[]" ? "[^\\u0000-\\uffff]" : plane
            : $"(?:{(plane == "[]" ? "" : plane + "|")}{string.Join('|', pairs)})";
    }

    /// <summary>The ranges up to U+FFFF, without surrogates, which never stand alone here.</summary>
    private static string Plane(List<(int First, int Last)> ranges)
    {
        var text = new StringBuilder();
        foreach (var (first, last) in ranges)
        {
            Append(text, first, Math.Min(last, 0xD7FF));
            Append(text, Math.Max(first, 0xE000), Math.Min(last, LastOfPlane));
        }

        return text.ToString();
    }

    private static void Append(StringBuilder text, int first, int last)
    {
        if (first <= last)
        {
            text.Append($"\\u{first:x4}").Append(first == last ? "" : $"-\\u{last:x4}");
        }
    }

    /// <summary>The surrogate pairs of a range beyond U+FFFF: the rest of the first block, whole blocks, the start of the last.</summary>
    private static IEnumerable<string> Pairs(int first, int last)
    {
        var (firstHigh, firstLow) = Surrogates(first);
        var (lastHigh, lastLow) = Surrogates(last);
        if (firstHigh == lastHigh)
        {
            yield return $"\\u{firstHigh:x4}[\\u{firstLow:x4}-\\u{lastLow:x4}]";
            yield break;
        }

        yield return $"\\u{firstHigh:x4}[\\u{firstLow:x4}-\\udfff]";
        if (lastHigh - firstHigh > 1)
        {
            yield return $"[\\u{firstHigh + 1:x4}-\\u{lastHigh - 1:x4}][\\udc00-\\udfff]";
        }

        yield return $"\\u{lastHigh:x4}[\\udc00-\\u{lastLow:x4}]";
    }

    private static (int High, int Low) Surrogates(int codePoint) =>
        (0xD800 + ((codePoint - 0x10000) >> 10), 0xDC00 + ((codePoint - 0x10000) & 0x3FF));
}
