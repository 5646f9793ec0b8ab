using System.Text.RegularExpressions;
using Personalization.Tests.Architecture.Reading;

namespace Personalization.Tests.Architecture.Rules;

/// <summary>
/// Catching everything is for loops and edges that must survive, and a comment on the line or the one before says which. A filter
/// that names the types, <c>when (error is IOException or …)</c>, does not catch everything.
/// </summary>
internal static partial class BroadCatchesSayWhy
{
    public static IEnumerable<Violation> Check(IEnumerable<SourceFile> files) =>
        from file in files
        from line in Enumerable.Range(0, file.Lines.Count)
        where BroadCatch().IsMatch(file.Lines[line]) && !NamesTypes().IsMatch(file.Lines[line])
        where !HasComment(file.Lines[line]) && (line == 0 || !HasComment(file.Lines[line - 1]))
        select new Violation(file.At(line), "catches everything without a word", "catch what is expected, or say on the line what must survive");

    private static bool HasComment(string line) => line.Contains("//", StringComparison.Ordinal);

    [GeneratedRegex(@"^\s*(\}\s*)?catch\s*(\(\s*(System\.)?Exception\b|\{|//|when\b|$)", RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 1_000)]
    private static partial Regex BroadCatch();

    [GeneratedRegex(@"\bwhen\s*\(\w+\s+is\s+(?!not\b)", RegexOptions.None, matchTimeoutMilliseconds: 1_000)]
    private static partial Regex NamesTypes();
}
