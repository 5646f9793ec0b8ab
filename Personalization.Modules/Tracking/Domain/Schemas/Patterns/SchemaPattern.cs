using System.Buffers;
using System.Text;
using System.Text.RegularExpressions;

namespace Personalization.Tracking.Domain.Schemas.Patterns;

/// <summary>
/// A regular expression of a schema, searched for anywhere in a text. Wherever possible it is matched without backtracking, in time
/// proportional to the text's length times the pattern's states: that product is bounded, so that the same text gets the same answer on a
/// busy machine. What backtracks is given up after <see cref="PatienceMs"/>.
/// </summary>
internal sealed class SchemaPattern
{
    public const int PatienceMs = 50;

    /// <summary>
    /// Bytes of a text times states of a pattern, up to which the two are matched: some 50 ms at worst, beside half a second that a
    /// pattern may once take to unfold. Texts as long as an event may be (32 KiB) meet patterns of 300 states.
    /// </summary>
    public const long MaxWork = 10_000_000;

    /// <summary>What counts as one step of an <see cref="Evaluation"/>: about a microsecond.</summary>
    private const long WorkPerStep = 200;

    private const int MaxLength = 1_000;
    private const int OnStack = 256;

    private readonly Regex _regex;

    /// <summary>0 for a pattern that backtracks: its states say nothing about its time.</summary>
    private readonly long _states;

    private SchemaPattern(string source, Regex regex, long states)
    {
        Source = source;
        _regex = regex;
        _states = states;
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
            // Without backtracking there is no time limit: it would depend on the load of the machine and on who unfolded the pattern
            // before, and with one .NET 10.0 finds no match in long texts that have one, once a pattern has unfolded to too many states.
            var (engine, patience, states) = pattern.IsLinear
                ? (RegexOptions.NonBacktracking, Regex.InfiniteMatchTimeout, Math.Max(1, pattern.States))
                : (RegexOptions.None, TimeSpan.FromMilliseconds(PatienceMs), 0);
            return new SchemaPattern(source, new Regex(pattern.Text, RegexOptions.CultureInvariant | engine, patience), states);
        }
        catch (ArgumentException refused)
        {
            error = refused.Message;
            return null;
        }
    }

    /// <summary>What matching a text counts for among the steps of a validation.</summary>
    public int StepsFor(ReadOnlySpan<byte> text) => (int)(Math.Min(text.Length * _states, MaxWork) / WorkPerStep);

    /// <summary>Does not allocate for short texts.</summary>
    /// <param name="text">UTF-8.</param>
    /// <param name="isGivenUp">
    /// The answer is not known: finding it would take too much. It is no then, and whoever tells somebody of it must not call it a mismatch.
    /// </param>
    public bool IsMatch(ReadOnlySpan<byte> text, out bool isGivenUp)
    {
        isGivenUp = text.Length * _states > MaxWork;
        if (isGivenUp)
        {
            return false;
        }

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
