using Personalization.Kernel.Replay;

namespace Personalization.Host.Cli;

/// <summary>
/// <c>features verify [--data DIR] [--setting value …]</c>: recomputes everything that is derived from the log and compares it with the last checkpoint,
/// also beside a running host. Answers 0 when it is the same, 1 when it is not, 2 when the command itself is wrong or the files are, 3
/// when an erasure has taken events out of the log, so that nothing can be said.
/// </summary>
internal static class FeaturesCommand
{
    private const string Usage = "Usage: features verify [--data DIR] [--share 0.01..1] [--Personalization:... VALUE]";
    private const int Same = 0;
    private const int Differs = 1;
    private const int Wrong = 2;
    private const int Erased = 3;

    public static bool Handles(string[] args) => args is ["features", ..];

    public static async Task<int> RunAsync(string[] args, TextWriter output, TextWriter errors)
    {
        if (args is not ["features", "verify", .. var rest] || Parse(rest) is not { } options)
        {
            await errors.WriteLineAsync(Usage);
            return Wrong;
        }

        await using var services = Compose(options);
        var configuration = services.GetRequiredService<IConfiguration>();
        var data = Path.GetFullPath(configuration["Personalization:DataDirectory"] ?? "data");
        try
        {
            var report = await services.GetRequiredService<IParityCheck>().RunAsync(new ParityRequest(data, options.Share), CancellationToken.None);
            await WriteAsync(report, report.Verdict == ParityVerdict.Same ? output : errors);
            return report.Verdict switch
            {
                ParityVerdict.Same => Same,
                ParityVerdict.Erased => Erased,
                _ => Differs,
            };
        }
        catch (Exception error) when (error is IOException or InvalidDataException or InvalidOperationException or UnauthorizedAccessException)
        {
            await errors.WriteLineAsync(error.Message);
            return Wrong;
        }
    }

    private static async Task WriteAsync(ParityReport report, TextWriter output)
    {
        await output.WriteLineAsync(report.Verdict switch
        {
            ParityVerdict.Same => $"What is known is what the log says, up to offset {report.Offset}: {report.Tables.Sum(table => table.LiveRows)} rows are the same.",
            ParityVerdict.Erased => "An erasure has taken events out of the log: a replay of it gives other numbers, and rows cannot be compared.",
            _ => $"What is known is not what the log says, up to offset {report.Offset}: {report.DifferentRows} rows differ.",
        });
        foreach (var fault in report.Faults)
        {
            await output.WriteLineAsync(fault);
        }

        foreach (var table in report.Tables)
        {
            var form = table.Why is null ? "" : $" ({table.Form}: {table.Why})";
            await output.WriteLineAsync($"{table.File}.db table {table.Table}: {table.LiveRows} rows, {table.Different} differ{form}");
        }

        foreach (var difference in report.Differences)
        {
            await output.WriteLineAsync(
                $"{difference.File}.db table {difference.Table} key {difference.Key}: {difference.Kind}" +
                (difference.FirstByte is { } at ? $" from byte {at} on ({difference.LiveBytes} and {difference.ReplayedBytes} bytes)" : ""));
        }
    }

    /// <summary>What the host itself would be made of, without starting it.</summary>
    private static ServiceProvider Compose(Options options)
    {
        var configuration = new ConfigurationBuilder()
            .AddJsonFile(Path.Combine(ContentRoot.Find(), "appsettings.json"), optional: true)
            .AddEnvironmentVariables()
            .AddInMemoryCollection(options.Settings)
            .Build();
        var services = new ServiceCollection();
        services.AddSingleton<IConfiguration>(configuration);
        services.AddLogging(logging => logging.AddConsole(console => console.LogToStandardErrorThreshold = LogLevel.Trace).SetMinimumLevel(LogLevel.Warning));
        services.AddPersonalization(configuration);
        return services.BuildServiceProvider();
    }

    private static Options? Parse(string[] args)
    {
        var options = new Options();
        for (var i = 0; i < args.Length; i++)
        {
            var (name, value) = args[i].Split('=', 2) is [var left, var right] ? (left, right) : (args[i], ++i < args.Length ? args[i] : null);
            switch (name)
            {
                case "--data" when value is not null:
                    options.Settings["Personalization:DataDirectory"] = value;
                    break;
                case "--share" when double.TryParse(value, System.Globalization.CultureInfo.InvariantCulture, out var share) && share is >= 0.01 and <= 1:
                    options.Share = share;
                    break;
                case not null when name.StartsWith("--Personalization:", StringComparison.OrdinalIgnoreCase) && value is not null:
                    options.Settings[name[2..]] = value;
                    break;
                default:
                    return null;
            }
        }

        return options;
    }

    private sealed class Options
    {
        public Dictionary<string, string?> Settings { get; } = new(StringComparer.OrdinalIgnoreCase);

        public double Share { get; set; } = 1;
    }
}
