using System.Security.Cryptography;

namespace Personalization.Kernel.Sqlite.Backup;

/// <summary>Which files belong into a backup.</summary>
internal static class BackupSet
{
    /// <summary>
    /// Records of what was done rather than state: a copy of them that came back would forget what was done since. The first is what a
    /// restored log is measured against.
    /// </summary>
    private static readonly string[] Records = ["privacy.db", "audit.db", "rights.db"];

    public static IReadOnlyList<string> Of(string dataDirectory) =>
    [
        .. Directory.EnumerateFiles(dataDirectory, "*.db").Select(path => Path.GetFileName(path)!)
            .Where(IsCopied).Order(StringComparer.Ordinal),
    ];

    public static bool IsCopied(string fileName) =>
        fileName.EndsWith(".db", StringComparison.Ordinal) && fileName == Path.GetFileName(fileName) && !Records.Contains(fileName, StringComparer.Ordinal);

    public static string HashOf(string path)
    {
        using var file = File.OpenRead(path);
        return Convert.ToHexStringLower(SHA256.HashData(file));
    }
}
