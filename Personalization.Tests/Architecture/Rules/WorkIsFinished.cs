using System.Text.RegularExpressions;
using Personalization.Tests.Architecture.Reading;

namespace Personalization.Tests.Architecture.Rules;

/// <summary>No marks of unfinished work: what is left to do is written down where it is planned, not in the code.</summary>
internal static partial class WorkIsFinished
{
    public static IEnumerable<Violation> Check(IEnumerable<SourceFile> files) =>
        from file in files
        from line in Enumerable.Range(0, file.Lines.Count)
        let mark = Mark().Match(file.Lines[line])
        where mark.Success
        select new Violation(file.At(line), $"is marked {mark.Value}", "finish it, or leave it out");

    [GeneratedRegex(@"\b(TO(?:DO)|FIX(?:ME)|HA(?:CK))\b", RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 1_000)]
    private static partial Regex Mark();
}
