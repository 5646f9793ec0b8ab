using System.Diagnostics;
using System.Globalization;
using System.Text.Json;
using Personalization.Bench.Cli;
using Personalization.Bench.Data;
using Personalization.Bench.Load;
using Personalization.Bench.Servers;
using Personalization.Decisioning.Contracts;

namespace Personalization.Bench.Benches;

/// <summary>What the process with the embedded product measured of its own decisions.</summary>
internal sealed record DecisionFigures(double P50Us, double P99Us, double MeanUs, double Bytes, long Decisions);

/// <summary>
/// The process that holds the product and asks it in process, while the bench's own process sends events. It is told on standard
/// input how many seconds to ask, and answers on standard output.
/// </summary>
internal static class EmbeddedDecisions
{
    private const string ResultMark = "RESULT ";

    /// <summary>On standard input: from here on the stuck part hangs.</summary>
    public const string Hang = "hang";

    /// <summary>Serves until standard input ends.</summary>
    public static async Task ServeAsync(BenchOptions options, CancellationToken cancellationToken)
    {
        var isFull = options.Full || options.Stuck;
        var questions = isFull ? [.. FullShop.InProcess()] : OfToySet(options);
        await using var host = await EmbeddedHost.StartAsync(
            System.Net.IPEndPoint.Parse(new Uri(options.Urls).Authority), cancellationToken, isFull ? FullShop.Settings : [], options.Stuck ? StuckParts.AddTo : null);
        while (await Console.In.ReadLineAsync(cancellationToken) is { } line)
        {
            if (line == Hang)
            {
                StuckParts.Begin();
                continue;
            }

            var duration = TimeSpan.FromSeconds(double.Parse(line, CultureInfo.InvariantCulture));
            var figures = await Task.Factory.StartNew(
                () => Ask(host.Personalizer, questions, duration), cancellationToken, TaskCreationOptions.LongRunning, TaskScheduler.Default);
            Console.Out.WriteLine(ResultMark + JsonSerializer.Serialize(figures));
        }
    }

    private static RecommendationRequest[] OfToySet(BenchOptions options)
    {
        var set = ClickSet.Find(options, "toy", Console.Error.WriteLine)
            ?? throw new FileNotFoundException("The toy set is needed.");
        return [.. Questions.InProcess(set, minPrefix: 1, allowCurrentItem: false).Select(question => question.Request)];
    }

    /// <summary>Starts that process.</summary>
    /// <param name="context">Of the bench.</param>
    /// <param name="more">Further arguments.</param>
    public static async Task<EmbeddedServer> StartAsync(BenchContext context, params string[] more)
    {
        var endPoint = ChildProcess.FreeEndPoint();
        var process = ChildProcess.Start(
        [
            "--runtimeconfig", context.Files.RuntimeConfig, context.Files.Bench, "serve-embedded",
            "--urls", $"http://{endPoint}", "--data", Path.GetFullPath(context.Options.DataDirectory), .. more,
        ]);
        await Readiness.WaitAsync(process, endPoint, "/health/ready", TimeSpan.FromMinutes(1), context.Cancellation);
        return new EmbeddedServer(process, endPoint);
    }

    /// <summary>Reads a line of that process; null when it is not the answer.</summary>
    public static DecisionFigures? Read(string line) => line.StartsWith(ResultMark, StringComparison.Ordinal)
        ? JsonSerializer.Deserialize<DecisionFigures>(line[ResultMark.Length..])
        : null;

    private static DecisionFigures Ask(IPersonalizer personalizer, RecommendationRequest[] questions, TimeSpan duration)
    {
        var latencies = new Histogram();
        var start = Stopwatch.GetTimestamp();
        var bytesBefore = GC.GetAllocatedBytesForCurrentThread();
        for (var i = 0; Stopwatch.GetElapsedTime(start) < duration; i = i + 1 == questions.Length ? 0 : i + 1)
        {
            var asked = Stopwatch.GetTimestamp();
            if (personalizer.Recommend(questions[i]) is not { Items.Count: > 0 })
            {
                throw new InvalidOperationException("A decision was empty.");
            }

            latencies.RecordTicks(Stopwatch.GetTimestamp() - asked);
        }

        var bytes = GC.GetAllocatedBytesForCurrentThread() - bytesBefore;
        return new DecisionFigures(
            latencies.Microseconds(50), latencies.Microseconds(99), latencies.MeanNanoseconds / 1e3, (double)bytes / latencies.Count, latencies.Count);
    }
}

/// <summary>The other end of <see cref="EmbeddedDecisions"/>.</summary>
internal sealed class EmbeddedServer(ChildProcess process, System.Net.IPEndPoint endPoint) : IDisposable
{
    public System.Net.IPEndPoint EndPoint => endPoint;

    public ControlClient Control { get; } = new(endPoint);

    /// <exception cref="TimeoutException">The process did not answer; its last words are in the message.</exception>
    public async Task<DecisionFigures> AskAsync(TimeSpan duration, CancellationToken cancellationToken)
    {
        var answer = new TaskCompletionSource<DecisionFigures>(TaskCreationOptions.RunContinuationsAsynchronously);
        process.OnOutput = line =>
        {
            if (EmbeddedDecisions.Read(line) is { } figures)
            {
                answer.TrySetResult(figures);
            }
        };
        await process.Input.WriteLineAsync(duration.TotalSeconds.ToString(CultureInfo.InvariantCulture));
        await process.Input.FlushAsync(cancellationToken);
        try
        {
            return await answer.Task.WaitAsync(duration + TimeSpan.FromSeconds(30), cancellationToken);
        }
        catch (TimeoutException error)
        {
            throw new TimeoutException($"The embedded product did not answer:\n{process.Tail}", error);
        }
    }

    /// <summary>From here on the stuck part hangs.</summary>
    public async Task HangAsync(CancellationToken cancellationToken)
    {
        await process.Input.WriteLineAsync(EmbeddedDecisions.Hang.AsMemory(), cancellationToken);
        await process.Input.FlushAsync(cancellationToken);
    }

    public void Dispose()
    {
        Control.Dispose();
        process.Dispose();
    }
}
