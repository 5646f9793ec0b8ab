using System.Reflection;
using System.Text.RegularExpressions;

namespace Personalization.Tests.Architecture.Reading;

/// <summary>An embedded migration: <c>Module/Storage/Migrations/0001_name.sql</c>, or in a folder of Storage.</summary>
internal sealed partial record Migration(string Name, string Sql)
{
    public string Module => Name.Split('/', '\\')[0];

    /// <summary>The folder that the file is opened with: what stands before <c>Migrations</c>.</summary>
    public string Folder => Name[..Name.Replace('\\', '/').LastIndexOf("/Migrations/", StringComparison.Ordinal)].Replace('\\', '/');

    public bool CreatesTable => CreateTable().IsMatch(Sql);

    public static IReadOnlyList<Migration> In(Assembly assembly) =>
        assembly.GetManifestResourceNames()
            .Where(name => ModuleMigration().IsMatch(name))
            .Select(name => new Migration(name, Read(assembly, name)))
            .ToList();

    private static string Read(Assembly assembly, string name)
    {
        using var reader = new StreamReader(assembly.GetManifestResourceStream(name)!);
        return reader.ReadToEnd();
    }

    [GeneratedRegex(@"\bCREATE\s+(TEMP\s+|VIRTUAL\s+)?TABLE\b", RegexOptions.IgnoreCase | RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 1_000)]
    private static partial Regex CreateTable();

    [GeneratedRegex(@"[/\\]Storage[/\\]([^/\\]+[/\\])?Migrations[/\\][^/\\]+\.sql$", RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 1_000)]
    private static partial Regex ModuleMigration();
}
