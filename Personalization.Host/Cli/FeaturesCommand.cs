using System.Globalization;
using Personalization.Features.Contracts;
using Personalization.Kernel.Replay;

namespace Personalization.Host.Cli;

/// <summary>
/// <c>features verify</c> recomputes everything that is derived from the log and compares it with the last checkpoint; <c>features export</c> makes a
/// training set of what was known whenever something was shown. Both need the files alone, and may run beside a host. They answer 0 when all is
/// well, 1 when something differs, 2 when the command itself is wrong or the files are, 3 when an erasure has taken events out of the
/// log, so that nothing can be said.
/// </summary>
internal static class FeaturesCommand
{
    private const string Usage = """
        Usage: features verify [--data DIR] [--share 0.01..1] [--sample 1..100000 [--seed 0..2147483647]] [--Personalization:... VALUE]
               features export --to DIR [--data DIR] [--share 0.01..1] [--window-hours 1..2160] [--max-rows N]
                               [--feature NAME]... [--segment ID]... [--trait NAME]... [--Personalization:... VALUE]
        """;

    private const int Same = 0;
    private const int Differs = 1;
    private const int Wrong = 2;
    private const int Erased = 3;

    public static bool Handles(string[] args) => args is ["features", ..];

    public static async Task<int> RunAsync(string[] args, TextWriter output, TextWriter errors)
    {
        var faults = new List<string>();
        if (args is not ["features", "verify" or "export", .. var rest] || FeaturesArguments.Parse(rest, faults) is not { } arguments
            || (args[1] == "export") != (arguments.Target is not null))
        {
            await errors.WriteLineAsync(Usage);
            foreach (var fault in faults)
            {
                await errors.WriteLineAsync(fault);
            }

            return Wrong;
        }

        await using var services = Compose(arguments);
        var data = Path.GetFullPath(services.GetRequiredService<IConfiguration>()["Personalization:DataDirectory"] ?? "data");
        try
        {
            return arguments.Target is null
                ? await VerifyAsync(services, new ParityRequest(data, arguments.Share) { Sample = arguments.Sample }, output, errors)
                : await ExportAsync(services, arguments.ToRequest(data), output);
        }
        catch (Exception error) when (error is IOException or InvalidDataException or InvalidOperationException or UnauthorizedAccessException)
        {
            await errors.WriteLineAsync(error.Message);
            return Wrong;
        }
    }

    private static async Task<int> VerifyAsync(IServiceProvider services, ParityRequest request, TextWriter output, TextWriter errors)
    {
        var report = await services.GetRequiredService<IParityCheck>().RunAsync(request, CancellationToken.None);
        await WriteAsync(report, report.Verdict == ParityVerdict.Same ? output : errors);
        return report.Verdict switch
        {
            ParityVerdict.Same => Same,
            ParityVerdict.Differs => Differs,
            _ => Erased,
        };
    }

    private static async Task<int> ExportAsync(IServiceProvider services, TrainingRequest request, TextWriter output)
    {
        var report = await services.GetRequiredService<ITrainingExport>().RunAsync(request, CancellationToken.None);
        await output.WriteLineAsync(string.Create(
            CultureInfo.InvariantCulture,
            $"{report.Rows} rows up to offset {report.Until}. Left out: {report.WithoutConsent} exposures without consent, {report.WithdrawnSince} rows of shoppers who withdrew it since, {report.BeyondLimit} beyond --max-rows."));
        return Same;
    }

    private static async Task WriteAsync(ParityReport report, TextWriter output)
    {
        await output.WriteLineAsync(report.Verdict switch
        {
            ParityVerdict.Same => $"What is known is what the log says, from offset {report.From} to {report.Offset}: {report.Tables.Sum(table => table.LiveRows)} rows are the same.",
            ParityVerdict.Differs => $"What is known is not what the log says, from offset {report.From} to {report.Offset}: {report.DifferentRows} rows differ.",
            _ => "An erasure has taken events out of the log: a replay of it gives other numbers, and rows cannot be compared.\n" +
                "POST /v1/features/verify takes a base behind it; what comes after that is compared then.",
        });
        if (report.Sample is { } sample)
        {
            await output.WriteLineAsync(
                $"Drawn: {sample.Profiles} of {sample.Held} profiles, by --seed {sample.Seed}; events of {sample.Applied} were applied. {sample.LeftOut}");
        }

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
    private static ServiceProvider Compose(FeaturesArguments arguments)
    {
        var configuration = new ConfigurationBuilder()
            .AddJsonFile(Path.Combine(ContentRoot.Find(), "appsettings.json"), optional: true)
            .AddEnvironmentVariables()
            .AddInMemoryCollection(arguments.Settings)
            .Build();
        var services = new ServiceCollection();
        services.AddSingleton<IConfiguration>(configuration);
        services.AddLogging(logging => logging.AddConsole(console => console.LogToStandardErrorThreshold = LogLevel.Trace).SetMinimumLevel(LogLevel.Warning));
        services.AddPersonalization(configuration);
        return services.BuildServiceProvider();
    }
}
