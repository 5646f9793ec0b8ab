using Personalization.Tests.Architecture.Reading;

namespace Personalization.Tests.Architecture.Rules;

/// <summary>One idea a file. Most need 50 lines; nothing needs more than 400.</summary>
internal static class FilesAreShort
{
    private const int MaxLines = 400;

    public static IEnumerable<Violation> Check(IEnumerable<SourceFile> files) =>
        from file in files
        where file.Lines.Count > MaxLines
        select new Violation(file.Path, $"has {file.Lines.Count} lines", $"split it by ideas into files below {MaxLines}");
}
