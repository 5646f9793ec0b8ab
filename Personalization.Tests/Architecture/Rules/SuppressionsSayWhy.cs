using System.Text.RegularExpressions;
using Personalization.Tests.Architecture.Reading;

namespace Personalization.Tests.Architecture.Rules;

/// <summary>Whoever silences an analyzer gives the reason on the same line.</summary>
internal static partial class SuppressionsSayWhy
{
    public static IEnumerable<Violation> Check(IEnumerable<SourceFile> files) =>
        from file in files
        from line in Enumerable.Range(0, file.Lines.Count)
        where Suppression().IsMatch(file.Lines[line]) && !Reason().IsMatch(file.Lines[line])
        select new Violation(file.At(line), "silences a warning without a reason", "add // and the reason, or a Justification, on the line");

    [GeneratedRegex(@"^\s*(#pragma\s+warning\s+disable|\[.*\bSuppressMessage(Attribute)?\()", RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 1_000)]
    private static partial Regex Suppression();

    [GeneratedRegex("""//\s*\w{2}|\bJustification\s*=\s*"[^"]""", RegexOptions.None, matchTimeoutMilliseconds: 1_000)]
    private static partial Regex Reason();
}
