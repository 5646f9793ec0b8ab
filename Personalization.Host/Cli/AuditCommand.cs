using Personalization.Kernel.Audit;

namespace Personalization.Host.Cli;

/// <summary>
/// <c>audit verify [--data DIR] [--anchor FILE] [--head NUMBER:HASH] [--after NUMBER]</c>: reads the audit log from beginning to end, also beside a
/// running host, and answers 0 when it is intact, 1 when it is not, 2 when the command itself is wrong.
/// </summary>
internal static class AuditCommand
{
    private const string Usage = "Usage: audit verify [--data DIR] [--anchor FILE] [--head NUMBER:HASH] [--after NUMBER]";
    private static readonly string[] Options = ["--data", "--anchor", "--head", "--after"];

    public static bool Handles(string[] args) => args is ["audit", ..];

    public static int Run(string[] args, TextWriter output, TextWriter errors)
    {
        var options = Parse(args);
        if (options is null)
        {
            errors.WriteLine(Usage);
            return 2;
        }

        var noted = options.TryGetValue("--head", out var head) ? AuditHead.Parse(head) : null;
        if (head is not null && noted is null)
        {
            errors.WriteLine("--head must be NUMBER:HASH as /v1/audit gives it.");
            return 2;
        }

        var after = 0L;
        if (options.TryGetValue("--after", out var number) && (!long.TryParse(number, out after) || after < 0))
        {
            errors.WriteLine("--after must be the number of an entry.");
            return 2;
        }

        var configuration = Configuration();
        var data = options.GetValueOrDefault("--data") ?? configuration["Personalization:DataDirectory"] ?? "data";
        var (file, anchor) = AuditRegistration.FilesIn(
            Path.GetFullPath(data), options.GetValueOrDefault("--anchor") ?? configuration["Personalization:Audit:AnchorPath"]);
        return Report(AuditVerifier.Verify(file, anchor, noted, after), output, errors);
    }

    private static int Report(AuditVerdict verdict, TextWriter output, TextWriter errors)
    {
        if (verdict.IsIntact)
        {
            output.WriteLine($"The audit log is intact: {verdict.Entries} entries, head {verdict.Head}");
            return 0;
        }

        errors.WriteLine(verdict.BrokenAt is { } entry ? $"The audit log is broken at entry {entry}." : "The audit log cannot be trusted.");
        errors.WriteLine(verdict.Fault);
        return 1;
    }

    private static Dictionary<string, string>? Parse(string[] args)
    {
        if (args is not ["audit", "verify", ..] || args.Length % 2 != 0)
        {
            return null;
        }

        var options = new Dictionary<string, string>(StringComparer.Ordinal);
        for (var i = 2; i < args.Length; i += 2)
        {
            if (!Options.Contains(args[i], StringComparer.Ordinal) || !options.TryAdd(args[i], args[i + 1]))
            {
                return null;
            }
        }

        return options;
    }

    /// <summary>What the host itself would read, without starting it.</summary>
    private static IConfigurationRoot Configuration() => new ConfigurationBuilder()
        .AddJsonFile(Path.Combine(ContentRoot.Find(), "appsettings.json"), optional: true)
        .AddEnvironmentVariables()
        .Build();
}
