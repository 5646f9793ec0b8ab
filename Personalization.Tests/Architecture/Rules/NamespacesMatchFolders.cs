using Personalization.Tests.Architecture.Reading;

namespace Personalization.Tests.Architecture.Rules;

/// <summary>A type is found where its namespace says: a folder below the library is a part of the namespace.</summary>
internal static class NamespacesMatchFolders
{
    /// <param name="files">C# files of the library.</param>
    /// <param name="library">The library's folder.</param>
    /// <param name="rootNamespace">The namespace of that folder.</param>
    public static IEnumerable<Violation> Check(IEnumerable<SourceFile> files, string library, string rootNamespace) =>
        from file in files
        where file.Path.StartsWith(library + "/", StringComparison.Ordinal)
        let declared = file.Lines.FirstOrDefault(line => line.StartsWith("namespace ", StringComparison.Ordinal))
        where declared is not null
        let expected = Expected(file.Path[(library.Length + 1)..], rootNamespace)
        where declared["namespace ".Length..].TrimEnd(' ', ';', '{') != expected
        select new Violation(file.Path, $"declares {declared.TrimEnd(';')}", $"move the file, or declare {expected}");

    private static string Expected(string path, string rootNamespace) =>
        string.Join('.', path.Split('/')[..^1].Prepend(rootNamespace));
}
