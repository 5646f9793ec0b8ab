using System.Buffers;
using System.Text;
using System.Text.RegularExpressions;

namespace Personalization.Tracking.Domain.Schemas.Patterns;

/// <summary>
/// A regular expression of a schema, searched for anywhere in a text. Matched in time proportional to the text wherever that is possible,
/// and given up after <see cref="PatienceMs"/> everywhere.
/// </summary>
internal sealed class SchemaPattern
{
    public const int PatienceMs = 50;
    private const int MaxLength = 1_000;
    private const int OnStack = 256;

    private readonly Regex _regex;

    private SchemaPattern(string source, Regex regex)
    {
        Source = source;
        _regex = regex;
    }

    /// <summary>As the schema wrote it.</summary>
    public string Source { get; }

    /// <returns>The pattern, or null with the reason in <paramref name="error"/>.</returns>
    public static SchemaPattern? Compile(string source, bool onlyLinear, out string error)
    {
        if (source.Length > MaxLength)
        {
            error = $"a pattern may have {MaxLength} characters";
            return null;
        }

        var translated = EcmaTranslator.Translate(source, out error);
        if (translated is not { } pattern)
        {
            return null;
        }

        if (onlyLinear && !pattern.IsLinear)
        {
            error = "look-around, back references and \\b can be made to run for long and are not taken here";
            return null;
        }

        try
        {
            var options = RegexOptions.CultureInvariant | (pattern.IsLinear ? RegexOptions.NonBacktracking : RegexOptions.None);
            return new SchemaPattern(source, new Regex(pattern.Text, options, TimeSpan.FromMilliseconds(PatienceMs)));
        }
        catch (ArgumentException refused)
        {
            error = refused.Message;
            return null;
        }
    }

    /// <summary>Does not allocate for short texts.</summary>
    /// <param name="text">UTF-8.</param>
    /// <param name="isGivenUp">The answer was not found in time; it is no then.</param>
    public bool IsMatch(ReadOnlySpan<byte> text, out bool isGivenUp)
    {
        isGivenUp = false;
        var rented = text.Length > OnStack ? ArrayPool<char>.Shared.Rent(text.Length) : null;
        Span<char> letters = rented ?? stackalloc char[OnStack];
        try
        {
            return _regex.IsMatch(letters[..Encoding.UTF8.GetChars(text, letters)]);
        }
        catch (RegexMatchTimeoutException)
        {
            isGivenUp = true;
            return false;
        }
        finally
        {
            if (rented is not null)
            {
                ArrayPool<char>.Shared.Return(rented);
            }
        }
    }
}
