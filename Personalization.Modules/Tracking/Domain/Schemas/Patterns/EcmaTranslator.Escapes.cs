using System.Globalization;

namespace Personalization.Tracking.Domain.Schemas.Patterns;

/// <summary>What stands behind a backslash.</summary>
internal ref partial struct EcmaTranslator
{
    /// <returns>Whether it may be repeated.</returns>
    private bool Escape()
    {
        if (IsAtEnd)
        {
            Fail("it ends in a backslash");
            return true;
        }

        var letter = _source[_at];
        var set = new CodePointSet();
        if (letter is 'b' or 'B')
        {
            _at++;
            _isLinear = false;
            _text.Append(letter == 'b'
                ? $"(?:(?<={WordLetter})(?!{WordLetter})|(?<!{WordLetter})(?={WordLetter}))"
                : $"(?:(?<={WordLetter})(?={WordLetter})|(?<!{WordLetter})(?!{WordLetter}))");
            return false;
        }

        if (letter is >= '1' and <= '9' or 'k')
        {
            BackReference();
        }
        else if (SetEscape(set))
        {
            _text.Append(set.ToPattern(isNegated: false));
        }
        else
        {
            Literal(CharacterEscape());
        }

        return true;
    }

    private void BackReference()
    {
        _isLinear = false;
        var rest = _source[_at..];
        var length = rest[0] == 'k' ? rest.IndexOf('>') + 1 : rest.IndexOfAnyExceptInRange('0', '9');
        length = length < 0 ? rest.Length : length;
        if (length == 0)
        {
            Fail("'\\k' names no group");
            return;
        }

        _text.Append("(?:\\").Append(rest[..length]).Append(')');
        _at += length;
    }

    /// <summary><c>\d</c>, <c>\p{…}</c> and their kind, behind the backslash.</summary>
    private bool SetEscape(CodePointSet set)
    {
        if (IsAtEnd)
        {
            return false;
        }

        var letter = _source[_at];
        if (letter is 'p' or 'P')
        {
            var rest = _source[_at..];
            var end = rest.IndexOf('}');
            if (rest.Length < 3 || rest[1] != '{' || end < 3 || !UnicodeCategories.TryAdd(rest[2..end].ToString(), letter == 'P', set))
            {
                Fail("of Unicode's properties only the general categories are known here");
                return true;
            }

            _at += end + 1;
            return true;
        }

        CodePointSet? named = char.ToLowerInvariant(letter) switch
        {
            'd' => CodePointSet.Digits,
            'w' => CodePointSet.WordLetters,
            's' => CodePointSet.Spaces,
            _ => null,
        };
        if (named is null)
        {
            return false;
        }

        _at++;
        set.Add(char.IsUpper(letter) ? named.Complement() : named);
        return true;
    }

    private int CharacterEscape()
    {
        if (IsAtEnd)
        {
            Fail("it ends in a backslash");
            return 0;
        }

        var letter = _source[_at++];
        switch (letter)
        {
            case 't':
                return '\t';
            case 'n':
                return '\n';
            case 'v':
                return '\v';
            case 'f':
                return '\f';
            case 'r':
                return '\r';
            case '0':
                return 0;
            case 'c' when _at < _source.Length && char.IsAsciiLetter(_source[_at]):
                return _source[_at++] % 32;
            case 'x':
                return Hex(2);
            case 'u' when _at < _source.Length && _source[_at] == '{':
                return Braced();
            case 'u':
                return Unit();
        }

        if (char.IsAsciiLetterOrDigit(letter))
        {
            Fail($"ECMA-262 has no escape '\\{letter}'");
        }

        return letter;
    }

    /// <summary><c>\ud83d\udc32</c> is one character.</summary>
    private int Unit()
    {
        var unit = Hex(4);
        if (!char.IsHighSurrogate((char)unit) || !_source[_at..].StartsWith("\\u", StringComparison.Ordinal))
        {
            return unit;
        }

        var behind = _at;
        _at += 2;
        var low = Hex(4);
        if (char.IsLowSurrogate((char)low))
        {
            return char.ConvertToUtf32((char)unit, (char)low);
        }

        _at = behind;
        return unit;
    }

    private int Braced()
    {
        var rest = _source[_at..];
        var end = rest.IndexOf('}');
        if (end < 2 || !int.TryParse(rest[1..end], NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out var value) || value is < 0 or > 0x10FFFF)
        {
            Fail("'\\u{' needs the number of a character");
            return 0;
        }

        _at += end + 1;
        return value;
    }

    private int Hex(int digits)
    {
        if (_at + digits > _source.Length ||
            !int.TryParse(_source.Slice(_at, digits), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out var value))
        {
            Fail($"an escape needs {digits} hexadecimal digits");
            return 0;
        }

        _at += digits;
        return value;
    }

    private int CodePoint()
    {
        var letter = _source[_at++];
        return char.IsHighSurrogate(letter) && _at < _source.Length && char.IsLowSurrogate(_source[_at])
            ? char.ConvertToUtf32(letter, _source[_at++])
            : letter;
    }
}
