using System.Runtime.InteropServices;
using Personalization.Bench.Benches;
using Personalization.Bench.Cli;
using Personalization.Bench.Load;
using Personalization.Bench.Reports;
using Personalization.Bench.Servers;

if (CommandLine.Parse(args, out var error) is not { } options)
{
    Console.Error.WriteLine(error);
    Console.Error.WriteLine(CommandLine.Usage);
    return 2;
}

using var interrupted = new CancellationTokenSource();
using var onInterrupt = PosixSignalRegistration.Create(PosixSignal.SIGINT, Stop);
using var onTerminate = PosixSignalRegistration.Create(PosixSignal.SIGTERM, Stop);
try
{
    return await RunAsync(options);
}
catch (Exception failure) // The edge of the program: what went wrong is told, and the exit code says that figures are missing.
{
    // After an interruption something always goes wrong, for the servers are gone.
    Console.Error.WriteLine(interrupted.IsCancellationRequested ? "Interrupted." : failure);
    return interrupted.IsCancellationRequested ? 130 : 1;
}
finally
{
    ChildProcess.KillAll();
    TemporaryDirectory.DeleteAll();
}

async Task<int> RunAsync(BenchOptions asked)
{
    switch (asked.Command)
    {
        case "all":
            return await AllBenches.RunAsync(args[1..], interrupted.Token);
        case "serve-bare":
            await BareServer.ServeAsync(asked.Urls, asked.Bytes);
            return 0;
        case "flood":
            SocketTuning.UseOneThread();
            await Flood.SendAsync(asked, interrupted.Token);
            return 0;
        case "serve-embedded":
            await EmbeddedDecisions.ServeAsync(asked, interrupted.Token);
            return 0;
    }

    var report = new Report(asked.Command, asked.Json);
    var context = new BenchContext(asked, report, interrupted.Token);
    try
    {
        await Measure(asked)(context);
    }
    finally
    {
        report.Close();
    }

    return 0;
}

static Func<BenchContext, Task> Measure(BenchOptions asked)
{
    var command = asked.Command;
    switch (command)
    {
        case "quality":
            return QualityBench.RunAsync;
        case "log":
            return LogBench.RunAsync;
        case "path":
            return PathBench.RunAsync;
        case "identity":
            return IdentityBench.RunAsync;
        case "features":
            return FeaturesBench.RunAsync;
        case "uplift":
            return UpliftBench.RunAsync;
    }

    SocketTuning.UseOneThread();
    return command switch
    {
        "ingest" => asked.Schemas ? SchemaIngestBench.RunAsync : IngestBench.RunAsync,
        "freshness" => FreshnessBench.RunAsync,
        "decide" => DecideBench.RunAsync,
        "consent" => ConsentBench.RunAsync,
        "recovery" => RecoveryBench.RunAsync,
        "pressure" => PressureBench.RunAsync,
        "import" => ImportBench.RunAsync,
        "segments" => SegmentsBench.RunAsync,
        _ => MemoryBench.RunAsync,
    };
}

// The children end first: requests under way then fail, and whoever waits for them is released.
void Stop(PosixSignalContext signal)
{
    signal.Cancel = true;
    interrupted.Cancel();
    ChildProcess.KillAll();
}
