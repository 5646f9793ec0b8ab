using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using Personalization.Kernel.Pipelines;
using Personalization.Kernel.Privacy;
using Personalization.Kernel.Replay;
using Personalization.Kernel.Sqlite;

namespace Personalization.Features.Pipeline.Parity;

/// <summary>
/// Compares what the running instance knows with a replay of its log, one comparison at a time, beside everything else. Erasures and backups
/// come first: while a comparison holds copies of what is known, it gives way to them.
/// </summary>
internal sealed partial class ParityService(
    IParityCheck check, Sequencer sequencer, MaintenanceGate gate, DataDirectory data, IOptions<ParityOptions> options, TimeProvider time, ILogger<ParityService> logger)
    : IHostedService, IDisposable
{
    private readonly Lock _gate = new();
    private CancellationTokenSource? _stop;
    private Task _running = Task.CompletedTask;
    private volatile ParityRun? _last;

    /// <summary>The comparison that runs, or the last one; null when there was none since the start.</summary>
    public ParityRun? Last => _last;

    /// <summary>Begins one; null when one runs.</summary>
    /// <param name="sample">Only some profiles; null for everything.</param>
    public ParityRun? TryBegin(ParitySample? sample)
    {
        lock (_gate)
        {
            if (!_running.IsCompleted)
            {
                return null;
            }

            var now = time.GetUtcNow();
            var begun = new ParityRun(Guid.CreateVersion7(now), ParityRun.Running, now, 0, null, null);
            _stop?.Dispose();
            _stop = new CancellationTokenSource();
            _last = begun;
            _running = RunAsync(begun, sample, _stop.Token);
            return begun;
        }
    }

    /// <summary>Ends the one that runs; false when none does.</summary>
    public bool Cancel()
    {
        lock (_gate)
        {
            if (_running.IsCompleted)
            {
                return false;
            }

            _stop!.Cancel();
            return true;
        }
    }

    /// <summary>What a process that was killed has left of its comparison goes first: it is a copy of what is known of people.</summary>
    public Task StartAsync(CancellationToken cancellationToken)
    {
        ReplayFolder.Sweep(data.Path);
        return Task.CompletedTask;
    }

    public async Task StopAsync(CancellationToken cancellationToken)
    {
        Cancel();
        await _running.WaitAsync(cancellationToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
    }

    public void Dispose() => _stop?.Dispose();

    private async Task RunAsync(ParityRun begun, ParitySample? sample, CancellationToken cancellationToken)
    {
        await Task.Yield();
        using var wanted = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        try
        {
            using var turn = await gate.EnterYieldingAsync(wanted, wanted.Token);

            // The last checkpoint may be half a minute old: what is compared is what is known now.
            await sequencer.AtRestAsync(sequencer.CheckpointAtRestAsync, wanted.Token);
            var request = new ParityRequest(data.Path, options.Value.CpuShare)
            {
                MaxDifferences = options.Value.MaxDifferences,
                MayKeepBase = true,
                Sample = sample,
                Progress = (applied, until) => _last = begun with { Progress = (double)applied / Math.Max(1, until) },
            };
            var report = await check.RunAsync(request, wanted.Token);
            _last = begun with { State = ParityRun.Done, Progress = 1, Report = report };
            Tell(report);
        }
        catch (OperationCanceledException)
        {
            _last = cancellationToken.IsCancellationRequested
                ? begun with { State = ParityRun.Cancelled }
                : begun with { State = ParityRun.GaveWay, Error = "An erasure or a backup wanted the files. Begin it again." };
        }
        catch (Exception error) // Nobody waits for this task: whoever asks for the run is told.
        {
            LogFailed(error);
            _last = begun with { State = ParityRun.Failed, Error = error.Message };
        }
    }

    private void Tell(ParityReport report)
    {
        if (report.Verdict == ParityVerdict.Differs)
        {
            LogDiffers(report.DifferentRows, report.Offset, report.Faults.Count);
        }
        else
        {
            LogCompared(report.Verdict, report.Offset, report.Tables.Sum(table => table.LiveRows), report.Seconds);
        }
    }

    [LoggerMessage(EventId = 3120, Level = LogLevel.Information, Message = "Compared {Rows} rows with a replay of the log up to offset {Offset} in {Seconds:F1} s: {Verdict}")]
    private partial void LogCompared(ParityVerdict verdict, long offset, long rows, double seconds);

    [LoggerMessage(EventId = 3121, Level = LogLevel.Error, Message = "{Rows} rows differ from a replay of the log up to offset {Offset}, and there are {Faults} faults besides: what is derived is not what the log says")]
    private partial void LogDiffers(long rows, long offset, int faults);

    [LoggerMessage(EventId = 3122, Level = LogLevel.Error, Message = "The comparison with a replay of the log failed")]
    private partial void LogFailed(Exception error);
}
