using System.Collections.Concurrent;
using System.Threading.Channels;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using Personalization.Kernel.Hashing;
using Personalization.Kernel.Log;
using Personalization.Kernel.Pipelines;
using Personalization.Tracking.Contracts;
using Personalization.Tracking.Domain;
using Personalization.Tracking.Domain.Reconciliation;
using Personalization.Tracking.Storage.DeadLetters;
using Personalization.Tracking.Storage.Quality;

namespace Personalization.Tracking.Pipeline.Reconciliation;

/// <summary>
/// Compares batch reports with the log, one after the other, on a thread that yields to everything else. A process that ends in
/// the middle leaves the comparison as interrupted: the report can be sent again.
/// </summary>
internal sealed partial class ReconciliationService(
    LogReplay replay,
    PipelinePosition position,
    ISourceRegister sources,
    KeyHasher hasher,
    ReconciliationStore store,
    DeadLetterReader letters,
    IOptions<QualityOptions> options,
    TimeProvider time,
    ILogger<ReconciliationService> logger) : BackgroundService
{
    private const int MaxWaiting = 4;
    private readonly Channel<(Guid Id, DateTimeOffset RequestedAt, BatchReport Report)> _queue =
        Channel.CreateBounded<(Guid, DateTimeOffset, BatchReport)>(new BoundedChannelOptions(MaxWaiting) { SingleReader = true, FullMode = BoundedChannelFullMode.Wait });

    private readonly ConcurrentDictionary<Guid, double> _progress = new();

    /// <summary>Queues a comparison; null when too many wait.</summary>
    public ReconciliationRun? TryBegin(BatchReport report)
    {
        var now = time.GetUtcNow();
        var begun = new ReconciliationRun(Guid.CreateVersion7(now), ReconciliationRun.Running, now, 0, null, null);
        _progress[begun.Id] = 0;
        store.Save(begun);
        if (_queue.Writer.TryWrite((begun.Id, now, report)))
        {
            return begun;
        }

        _progress.TryRemove(begun.Id, out _);
        store.Delete(begun.Id);
        return null;
    }

    /// <summary>How far it is, or its result; null for an id that was never given or is not kept any more.</summary>
    public ReconciliationRun? Find(Guid id)
    {
        // The progress is asked first: a comparison that ends in between is then found with its result.
        var isRunning = _progress.TryGetValue(id, out var progress);
        return store.Find(id) switch
        {
            { State: ReconciliationRun.Running } found when isRunning => found with { Progress = progress },
            { State: ReconciliationRun.Running } found => found with { State = ReconciliationRun.Interrupted, Error = "The process ended before the comparison. Send the report again." },
            var found => found,
        };
    }

    public override Task StopAsync(CancellationToken cancellationToken)
    {
        _queue.Writer.TryComplete();
        return base.StopAsync(cancellationToken);
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        await foreach (var (id, requestedAt, report) in _queue.Reader.ReadAllAsync(stoppingToken))
        {
            var ended = new ReconciliationRun(id, ReconciliationRun.Done, requestedAt, 1, null, null);
            try
            {
                await BackgroundWork.RunAsync(() => ended = ended with { Result = Compare(id, report, stoppingToken) }, "reconciliation");
                store.Save(ended);
            }
            catch (Exception error) when (error is not OperationCanceledException) // A damaged block ends this comparison, not all later ones.
            {
                LogFailed(error, id);
                TrySave(ended with { State = ReconciliationRun.Failed, Error = "The log could not be read to its end; the process's log says why.", Result = null });
            }
            finally
            {
                _progress.TryRemove(id, out _);
            }
        }
    }

    private void TrySave(ReconciliationRun failed)
    {
        try
        {
            store.Save(failed);
        }
        catch (Exception error) // A full disk must not end the loop: without a result it will be found as interrupted.
        {
            LogFailed(error, failed.Id);
        }
    }

    private ReconciliationResult Compare(Guid id, BatchReport report, CancellationToken stoppingToken)
    {
        var scan = new ReconciliationScan(report, SourceIdOf, hasher, options.Value.ReconciliationSeen);
        var until = position.LogNextOffset;
        var from = new LogTimeSearch(replay).FirstSince(scan.FirstArrivalMs, until);
        foreach (var entry in replay.ReadHere(from, until))
        {
            try
            {
                stoppingToken.ThrowIfCancellationRequested();
                if (entry is EventBatch batch)
                {
                    scan.Add(batch);
                }

                _progress[id] = Math.Clamp((double)(entry.FirstOffset - from) / Math.Max(1, until - from), 0, 1);
            }
            finally
            {
                entry.Release();
            }
        }

        return new ReconciliationAnswer(report, scan, sources, letters).Write(until);
    }

    /// <summary>A report may name anything: only sources that there are get numbers.</summary>
    private ushort SourceIdOf(string name) => sources.Find(name) ?? 0;

    [LoggerMessage(EventId = 1606, Level = LogLevel.Error, Message = "Comparison {Id} failed")]
    private partial void LogFailed(Exception error, Guid id);
}
