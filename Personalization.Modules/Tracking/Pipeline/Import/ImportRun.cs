using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using Personalization.Kernel.Http;
using Personalization.Tracking.Contracts;
using Personalization.Tracking.Domain;
using Personalization.Tracking.Domain.Import;
using Personalization.Tracking.Storage.Import;

namespace Personalization.Tracking.Pipeline.Import;

/// <summary>
/// Imports a body: fills a chunk, writes it, waits until it has passed the stages, and only then reads on, so that the sender is held
/// back by TCP rather than refused. Where it is comes to disk after the events that it speaks of.
/// </summary>
internal sealed partial class ImportRun(
    EventIntake intake,
    SegmentParser parser,
    EventBatchPool pool,
    ImportPace pace,
    ImportStore store,
    IOptions<TrackingOptions> tracking,
    IOptions<ImportOptions> options,
    TimeProvider time,
    ILogger<ImportRun> logger)
{
    private static readonly TimeSpan SaveEvery = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan FullPause = TimeSpan.FromMilliseconds(100);

    /// <summary>Reads the body to its end. Never throws for what the body or its sender do: the report says it.</summary>
    /// <param name="progress">Begun, and known to the desk.</param>
    /// <param name="reader">At the first line.</param>
    /// <param name="source">What the events count for.</param>
    /// <param name="cancellationToken">Ends with the request and with the process.</param>
    public async Task<ImportReport> RunAsync(ImportProgress progress, ImportReader reader, Source source, CancellationToken cancellationToken)
    {
        var report = progress.Report;
        Save(report);
        LogBegun(report.Id, report.Source, report.LinesRead);
        var (state, detail) = await ReadSafelyAsync(progress, reader, source, cancellationToken);
        report = progress.End(state, time.GetUtcNow(), detail);
        Save(report);
        LogEnded(report.Id, report.State, report.LinesRead, report.Accepted, report.Refused);
        return report;
    }

    private async Task<(ImportState State, string? Detail)> ReadSafelyAsync(
        ImportProgress progress, ImportReader reader, Source source, CancellationToken cancellationToken)
    {
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, progress.Cancellation);
        try
        {
            return await ReadAsync(progress, reader, source, stop.Token) is { } problem
                ? (ImportState.Interrupted, problem.Title)
                : (ImportState.Completed, null);
        }
        catch (OperationCanceledException) when (progress.Cancellation.IsCancellationRequested)
        {
            return (ImportState.Cancelled, "It was cancelled.");
        }
        catch (OperationCanceledException)
        {
            return (ImportState.Interrupted, "The request or the process ended.");
        }
        catch (InvalidDataException error)
        {
            return (ImportState.Failed, error.Message);
        }
        catch (IOException)
        {
            // Also a BadHttpRequestException: the request ends before its length.
            return (ImportState.Interrupted, "The request ended before its body.");
        }
        catch (Exception error) // Whatever it was, the import must not seem to run for ever: its report says that it stopped, the log why.
        {
            LogStopped(error, progress.Report.Id);
            return (ImportState.Interrupted, "It stopped at an error of the server, whose log says more.");
        }
    }

    private async Task<Problem?> ReadAsync(ImportProgress progress, ImportReader reader, Source source, CancellationToken cancellationToken)
    {
        var chunk = new ImportChunk(progress.Report.Id, Math.Min(options.Value.BatchEvents, tracking.Value.MaxBatchEvents));
        var savedAt = time.GetTimestamp();
        for (var isMore = true; isMore;)
        {
            isMore = await reader.FillAsync(chunk, progress.DoneLines, cancellationToken);
            var written = progress.Report.IsDryRun
                ? LookAt(progress, chunk, source)
                : await WriteAsync(progress, chunk, source, cancellationToken);
            if (written.Problem is not null)
            {
                return written.Problem;
            }

            // Before the stages are waited for: what is in the log is dealt with, also when the waiting is broken off.
            progress.Reach(reader.EndLine, reader.Bytes);
            if (written.LastOffset >= 0)
            {
                await pace.FollowAsync(written.LastOffset, written.StartedAt, cancellationToken);
            }

            chunk.Clear();
            if (time.GetElapsedTime(savedAt) >= SaveEvery)
            {
                Save(progress.Publish());
                savedAt = time.GetTimestamp();
            }
        }

        return null;
    }

    /// <summary>Writes refused lines, then events, and counts both together: a chunk of which only a part came to disk is written anew.</summary>
    private async ValueTask<Written> WriteAsync(ImportProgress progress, ImportChunk chunk, Source source, CancellationToken cancellationToken)
    {
        if (chunk.RefusedCount > 0 &&
            await PatientlyAsync(KeepRefusedAsync, progress, chunk, source, cancellationToken) is { Problem: not null } refusal)
        {
            return refusal;
        }

        if (chunk.EventCount > 0)
        {
            return await PatientlyAsync(AppendAsync, progress, chunk, source, cancellationToken);
        }

        progress.Add(chunk.Refusals);
        return new Written(null);
    }

    /// <summary>Tries again as long as there is only no room: the sender waits meanwhile, since nothing more is read.</summary>
    private async ValueTask<Written> PatientlyAsync(
        Func<ImportProgress, ImportChunk, Source, ValueTask<Written>> write,
        ImportProgress progress,
        ImportChunk chunk,
        Source source,
        CancellationToken cancellationToken)
    {
        while (true)
        {
            var written = await write(progress, chunk, source);
            if (written.Problem?.Status != 429)
            {
                return written;
            }

            await Task.Delay(FullPause, time, cancellationToken);
        }
    }

    private async ValueTask<Written> AppendAsync(ImportProgress progress, ImportChunk chunk, Source source)
    {
        var startedAt = time.GetTimestamp();
        var batch = Rent(progress, chunk.EventBytes);
        try
        {
            chunk.FillEvents(batch);
            var result = await intake.TakeAsync(batch, default, source);
            if (result.Problem is not null)
            {
                return new Written(result.Problem);
            }

            progress.Add(chunk.Refusals);
            progress.Add(batch);
            return result.Accepted > 0 && IsWritten(batch)
                ? new Written(null, batch.FirstOffset + result.Accepted - 1, startedAt)
                : new Written(null);
        }
        finally
        {
            batch.Release();
        }
    }

    /// <summary>Of a batch whose people may not be known nothing came into the log, so that there is nothing to wait for.</summary>
    private static bool IsWritten(EventBatch batch)
    {
        for (var i = 0; i < batch.EventCount; i++)
        {
            if (!batch[i].IsDropped)
            {
                return true;
            }
        }

        return false;
    }

    private async ValueTask<Written> KeepRefusedAsync(ImportProgress progress, ImportChunk chunk, Source source)
    {
        var batch = Rent(progress, chunk.RefusedBytes);
        try
        {
            chunk.FillRefused(batch);
            return new Written((await intake.RefuseLinesAsync(batch, source)).Problem);
        }
        finally
        {
            batch.Release();
        }
    }

    /// <summary>A dry run: what would be taken and what refused, with everything that the door looks at.</summary>
    private Written LookAt(ImportProgress progress, ImportChunk chunk, Source source)
    {
        var events = Rent(progress, chunk.EventBytes);
        try
        {
            progress.Add(chunk.Refusals);
            if (chunk.EventCount > 0)
            {
                chunk.FillEvents(events);
                var outcome = parser.ParseBatch(events);
                events.SourceId = source.Id;
                parser.Complete(events, outcome.Shared);
                progress.Add(events);
            }

            return new Written(null);
        }
        finally
        {
            events.Release();
        }
    }

    /// <summary>A batch of the size that is needed: one for single events would grow, and be missing for them.</summary>
    private EventBatch Rent(ImportProgress progress, int bytes)
    {
        var batch = pool.Rent(bytes);
        batch.ImportId = progress.Report.Id;
        batch.ReceivedAtMs = time.GetUtcNow().ToUnixTimeMilliseconds();
        batch.Origin = EventOrigin.Import;
        return batch;
    }

    private void Save(ImportReport report)
    {
        if (!report.IsDryRun)
        {
            store.Put(report);
        }
    }

    /// <summary>What became of a chunk.</summary>
    /// <param name="Problem">Why it is not on disk; null when it is.</param>
    /// <param name="LastOffset">Its last event in the log; -1 when there is none to wait for.</param>
    /// <param name="StartedAt">Timestamp at which the work on its events began.</param>
    private readonly record struct Written(Problem? Problem, long LastOffset = -1, long StartedAt = 0);

    [LoggerMessage(EventId = 1401, Level = LogLevel.Information, Message = "Import {Id} for source {Source} begins behind line {Line}")]
    private partial void LogBegun(string id, string source, long line);

    [LoggerMessage(EventId = 1402, Level = LogLevel.Information, Message = "Import {Id} is {State} at line {Line}: {Accepted} events accepted, {Refused} lines refused")]
    private partial void LogEnded(string id, ImportState state, long line, long accepted, long refused);

    [LoggerMessage(EventId = 1403, Level = LogLevel.Error, Message = "Import {Id} stopped at an error; it can be sent again")]
    private partial void LogStopped(Exception error, string id);
}
