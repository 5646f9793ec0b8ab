using Personalization.Tests.Support;

namespace Personalization.Tests.Architecture.Reading;

/// <summary>A text file of the repository, with its path from the repository's root, written with slashes.</summary>
internal sealed record SourceFile(string Path, IReadOnlyList<string> Lines)
{
    private static readonly string[] GeneratedFolders = ["bin", "obj", "node_modules", "TestResults", "artifacts", "dist"];

    public string At(int line) => $"{Path}:{line + 1}";

    /// <summary>The files of the repository whose names end so, without what builds leave behind.</summary>
    public static IReadOnlyList<SourceFile> InRepository(params string[] endings) =>
        Below(new DirectoryInfo(Checkout.Root), endings).Select(file => Load(file.FullName)).ToList();

    /// <summary>A file of the repository by its path from the root.</summary>
    public static SourceFile Read(string path) => Load(System.IO.Path.Combine(Checkout.Root, path));

    private static SourceFile Load(string fullPath) =>
        new(System.IO.Path.GetRelativePath(Checkout.Root, fullPath).Replace('\\', '/'), File.ReadAllLines(fullPath));

    private static IEnumerable<FileInfo> Below(DirectoryInfo folder, string[] endings) =>
        folder.EnumerateFiles()
            .Where(file => Array.Exists(endings, ending => file.Name.EndsWith(ending, StringComparison.Ordinal)))
            .Concat(folder.EnumerateDirectories()
                .Where(inner => !inner.Name.StartsWith('.') && !GeneratedFolders.Contains(inner.Name, StringComparer.Ordinal))
                .SelectMany(inner => Below(inner, endings)));
}
