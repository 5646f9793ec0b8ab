using System.Globalization;
using System.Text;

namespace Personalization.Tracking.Domain.Schemas.Patterns;

/// <summary>
/// A regular expression of ECMA-262 (with its Unicode mode) as one of .NET that means the same: <c>\d</c> and <c>\w</c> are ASCII, <c>$</c> is
/// the very end, <c>.</c> and classes match whole characters, and what ECMA-262 does not know (<c>\Z</c>, <c>\a</c>, <c>(?i)</c>) is an error.
/// </summary>
internal ref partial struct EcmaTranslator
{
    /// <summary>States that a pattern may unfold to: <c>((a{99}){99}){99}</c> is a short text and a large machine.</summary>
    private const int MaxStates = 2_000;

    private const int MaxGroups = 100;
    private const string WordLetter = "[0-9A-Z_a-z]";

    private readonly ReadOnlySpan<char> _source;
    private readonly StringBuilder _text;
    private int _at;
    private int _open;
    private bool _isLinear;
    private string? _error;

    private EcmaTranslator(string source)
    {
        _source = source;
        _text = new StringBuilder(source.Length * 2);
        _isLinear = true;
    }

    /// <summary>A pattern for .NET, whether it needs no backtracking, and about how many states it unfolds to.</summary>
    internal readonly record struct Translation(string Text, bool IsLinear, long States);

    public static Translation? Translate(string source, out string error)
    {
        var translator = new EcmaTranslator(source);
        var states = translator.Alternatives();
        if (translator._at < source.Length)
        {
            translator.Fail("')' closes nothing");
        }
        else if (states > MaxStates)
        {
            translator.Fail("its repetitions multiply to too much");
        }

        error = translator._error ?? "";
        return translator._error is null ? new Translation(translator._text.ToString(), translator._isLinear, states) : null;
    }

    private readonly bool IsAtEnd => _at >= _source.Length || _error is not null;

    /// <summary>Up to the end or the bracket that closes the group.</summary>
    private long Alternatives()
    {
        var states = 0L;
        while (!IsAtEnd && _source[_at] != ')')
        {
            if (_source[_at] == '|')
            {
                _text.Append('|');
                _at++;
            }
            else
            {
                states += Term();
            }
        }

        return states;
    }

    private long Term()
    {
        var start = _text.Length;
        var states = 1L;
        var canRepeat = true;
        var letter = _source[_at++];
        switch (letter)
        {
            case '^':
                _text.Append('^');
                canRepeat = false;
                break;
            case '$':
                _text.Append("\\z");
                canRepeat = false;
                break;
            case '.':
                _text.Append(CodePointSet.LineEnds.ToPattern(isNegated: true));
                break;
            case '(':
                states = Group(out canRepeat);
                break;
            case '[':
                Class();
                break;
            case '\\':
                canRepeat = Escape();
                break;
            case '*' or '+' or '?':
                Fail($"'{letter}' repeats nothing");
                break;
            default:
                _at--;
                Literal(CodePoint());
                break;
        }

        return Repeat(start, states, canRepeat);
    }

    /// <summary>A quantifier, if one follows.</summary>
    private long Repeat(int start, long states, bool canRepeat)
    {
        if (IsAtEnd || !Quantifier(out var least, out var most))
        {
            return states;
        }

        if (!canRepeat)
        {
            Fail("an assertion cannot be repeated");
        }
        else if (most is { } bound && bound < least)
        {
            Fail("a repetition ends before it begins");
        }

        var times = Math.Max(1, most ?? Math.Max(1, least));
        if (times > MaxStates || states * times > MaxStates)
        {
            Fail("its repetitions multiply to too much");
        }

        // The repetition is of all that one source character became, such as a surrogate pair.
        _text.Insert(start, "(?:").Append(')');
        _text.Append(most is null ? $"{{{least},}}" : $"{{{least},{most}}}");
        if (!IsAtEnd && _source[_at] == '?')
        {
            _text.Append('?');
            _at++;
        }

        return states * times;
    }

    private bool Quantifier(out long least, out long? most)
    {
        (least, most) = (0, null);
        switch (_source[_at])
        {
            case '*':
                _at++;
                return true;
            case '+':
                least = 1;
                _at++;
                return true;
            case '?':
                most = 1;
                _at++;
                return true;
            case '{':
                return Braces(out least, out most);
            default:
                return false;
        }
    }

    /// <summary><c>{2}</c>, <c>{2,}</c> or <c>{2,3}</c>; any other brace is a letter.</summary>
    private bool Braces(out long least, out long? most)
    {
        (least, most) = (0, null);
        var end = _source[_at..].IndexOf('}');
        if (end < 0)
        {
            return false;
        }

        var inside = _source.Slice(_at + 1, end - 1);
        var comma = inside.IndexOf(',');
        if (!Count(comma < 0 ? inside : inside[..comma], out least))
        {
            return false;
        }

        if (comma < 0)
        {
            most = least;
        }
        else if (inside[(comma + 1)..].Length > 0)
        {
            if (!Count(inside[(comma + 1)..], out var bound))
            {
                return false;
            }

            most = bound;
        }

        _at += end + 1;
        return true;
    }

    private static bool Count(ReadOnlySpan<char> digits, out long count)
    {
        count = 0;
        return digits.Length is > 0 and < 10 && long.TryParse(digits, NumberStyles.None, CultureInfo.InvariantCulture, out count);
    }

    private long Group(out bool canRepeat)
    {
        canRepeat = true;
        if (++_open > MaxGroups)
        {
            Fail($"it has groups in groups beyond {MaxGroups} levels");
            return 1;
        }

        var head = Head();
        if (head is "(?=" or "(?!" or "(?<=" or "(?<!")
        {
            _isLinear = false;
            canRepeat = false;
        }

        _text.Append(head);
        var states = Alternatives();
        if (IsAtEnd)
        {
            Fail("'(' is not closed");
            return states;
        }

        _at++;
        _open--;
        _text.Append(')');
        return Math.Max(1, states);
    }

    private string Head()
    {
        var rest = _source[_at..];
        foreach (var known in (ReadOnlySpan<string>)["?:", "?=", "?!", "?<=", "?<!"])
        {
            if (rest.StartsWith(known, StringComparison.Ordinal))
            {
                _at += known.Length;
                return "(" + known;
            }
        }

        if (!rest.StartsWith("?", StringComparison.Ordinal))
        {
            return "(";
        }

        var end = rest.IndexOf('>');
        if (rest.StartsWith("?<", StringComparison.Ordinal) && end > 2)
        {
            _at += end + 1;
            return $"({rest[..(end + 1)]}";
        }

        Fail("ECMA-262 has no such group");
        return "(";
    }

    private void Class()
    {
        var isNegated = !IsAtEnd && _source[_at] == '^';
        _at += isNegated ? 1 : 0;
        var set = new CodePointSet();
        while (!IsAtEnd && _source[_at] != ']')
        {
            var first = ClassAtom(set);
            if (_at + 1 < _source.Length && _source[_at] == '-' && _source[_at + 1] != ']')
            {
                _at++;
                var last = ClassAtom(set);
                if (first < 0 || last < first)
                {
                    Fail("a range of characters ends before it begins");
                }
                else
                {
                    set.Add(first, last);
                }
            }
            else if (first >= 0)
            {
                set.Add(first, first);
            }
        }

        if (IsAtEnd)
        {
            Fail("'[' is not closed");
        }

        _at++;
        _text.Append(set.ToPattern(isNegated));
    }

    /// <returns>A code point, or -1 when it was a set of its own, which is added.</returns>
    private int ClassAtom(CodePointSet set)
    {
        if (_source[_at] != '\\')
        {
            return CodePoint();
        }

        _at++;
        if (!IsAtEnd && _source[_at] == 'b')
        {
            _at++;
            return '\b';
        }

        if (SetEscape(set))
        {
            return -1;
        }

        return CharacterEscape();
    }

    private readonly void Literal(int codePoint)
    {
        if (codePoint > 0xFFFF)
        {
            _text.Append(CodePointSet.Of((codePoint, codePoint)).ToPattern(isNegated: false));
        }
        else
        {
            _text.Append(CultureInfo.InvariantCulture, $"\\u{codePoint:x4}");
        }
    }

    private void Fail(string error) => _error ??= error;
}
