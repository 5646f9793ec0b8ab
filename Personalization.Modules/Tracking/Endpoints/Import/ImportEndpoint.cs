using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Options;
using Personalization.Kernel.Http;
using Personalization.Tracking.Contracts;
using Personalization.Tracking.Domain.Import;
using Personalization.Tracking.Pipeline.Import;

namespace Personalization.Tracking.Endpoints.Import;

/// <summary>
/// <c>POST /v1/import</c>: past events as NDJSON or CSV, of any length. The body is read as fast as its events are written and applied,
/// and no faster. Sending it again with the same id goes on where it stopped and doubles nothing.
/// </summary>
internal sealed class ImportEndpoint(
    ImportRun run,
    ImportDesk desk,
    ISourceDirectory sources,
    ServerKeys keys,
    IHostApplicationLifetime lifetime,
    IOptions<TrackingOptions> tracking,
    IOptions<ImportOptions> options,
    TimeProvider time)
{
    private const int RetryAfterSeconds = 5;

    /// <summary>
    /// 200 with the report when the body was read to its end, also when lines of it were refused; 400 when it cannot be begun or read on; 401
    /// and 403 without a server key; 409 when the id is taken, cancelled or lines are missing; 415; 429 when too many run; 503 when
    /// interrupted.
    /// </summary>
    public async Task HandleAsync(HttpContext context)
    {
        if (!keys.IsServer(context))
        {
            var problem = sources.Authenticate(context) is null ? ServerKeyExtensions.ServerKeyRequired : ImportProblems.NeedsServerKey;
            await problem.WriteAsync(context);
            return;
        }

        if (ImportRequest.Read(context.Request, time, out var refusal, out var detail) is not { } request)
        {
            await refusal.WriteAsync(context, detail);
            return;
        }

        if (!desk.TryEnter())
        {
            await ImportProblems.TooMany.WriteAsync(context, retryAfterSeconds: RetryAfterSeconds);
            return;
        }

        try
        {
            await ImportAsync(context, request);
        }
        finally
        {
            desk.Leave();
        }
    }

    private async Task ImportAsync(HttpContext context, ImportRequest request)
    {
        var before = request.IsDryRun ? null : desk.Find(request.Id);
        if (FindConflict(request, before) is var (conflict, detail))
        {
            await conflict.WriteAsync(context, detail);
            return;
        }

        using var stop = CancellationTokenSource.CreateLinkedTokenSource(context.RequestAborted, lifetime.ApplicationStopping);
        try
        {
            await using var body = await ImportBody.OpenAsync(context, stop.Token);
            if (body is null)
            {
                await Pipeline.TrackingProblems.UnknownEncoding.WriteAsync(context);
                return;
            }

            using var cutter = new RecordCutter(body, request.Format == ImportFormat.Csv, tracking.Value.MaxEventBytes);
            var (reader, fault) = await OpenAsync(request, cutter, stop.Token);
            if (reader is null)
            {
                await ImportProblems.BadRequest.WriteAsync(context, fault);
                return;
            }

            using (reader)
            {
                await RunAsync(context, request, reader, stop.Token);
            }
        }
        catch (InvalidDataException error)
        {
            await ImportProblems.Failed.WriteAsync(context, error.Message);
        }
        catch (Exception error) when (error is IOException or OperationCanceledException)
        {
            // Before the first line was read: nothing was begun, and nobody may be there to hear it.
            await AnswerAsync(context, ImportProblems.Interrupted, null);
        }
    }

    private static async ValueTask<(ImportReader? Reader, string? Fault)> OpenAsync(
        ImportRequest request, RecordCutter cutter, CancellationToken cancellationToken)
    {
        ImportReader reader = new NdjsonReader(cutter);
        if (request.Format == ImportFormat.Csv)
        {
            var (csv, fault) = await CsvRowReader.OpenAsync(cutter, request.Mapping, request.Constants, cancellationToken);
            if (csv is null)
            {
                return (null, fault);
            }

            reader = csv;
        }

        if (request.FromLine > 0)
        {
            reader.StartAt(request.FromLine);
        }

        return (reader, null);
    }

    private async Task RunAsync(
        HttpContext context, ImportRequest request, ImportReader reader, CancellationToken cancellationToken)
    {
        // Looked up once more: while the body was waited for, another request may have begun or ended under the id.
        (Problem Problem, string? Detail)? conflict = null;
        using var progress = request.IsDryRun
            ? Start(request, null, reader)
            : desk.TryBegin(request.Id, before => (conflict = FindConflict(request, before)) is null ? Start(request, before, reader) : null);
        if (progress is null)
        {
            await conflict!.Value.Problem.WriteAsync(context, conflict.Value.Detail);
            return;
        }

        ImportReport report;
        try
        {
            report = await run.RunAsync(progress, reader, sources.Named(request.Source), cancellationToken);
        }
        finally
        {
            desk.Remove(progress);
        }

        await (report.State switch
        {
            ImportState.Completed => context.Response.WriteAsJsonAsync(ImportAnswer.Of(report), context.RequestAborted),
            ImportState.Cancelled => AnswerAsync(context, ImportProblems.Cancelled, report),
            ImportState.Failed => AnswerAsync(context, ImportProblems.Failed, report),
            _ => AnswerAsync(context, ImportProblems.Interrupted, report),
        });
    }

    private ImportProgress Start(ImportRequest request, ImportReport? before, ImportReader reader) =>
        new(Begin(request, before), options.Value.MaxErrors, reader.UnknownColumns);

    private ImportReport Begin(ImportRequest request, ImportReport? before) => (before ?? new ImportReport
    {
        Id = request.Id,
        Source = request.Source,
        Format = request.Format,
        State = ImportState.Running,
        IsDryRun = request.IsDryRun,
        StartedAt = time.GetUtcNow(),
    }) with { State = ImportState.Running, FinishedAt = null, Detail = null, SkippedLines = 0 };

    /// <summary>Why the import cannot go on from where it was; null when it can.</summary>
    private static (Problem Problem, string? Detail)? FindConflict(ImportRequest request, ImportReport? before)
    {
        var done = before?.LinesRead ?? 0;
        if (request.FromLine > Math.Max(done + 1, request.Format == ImportFormat.Csv ? 2 : 1))
        {
            return (ImportProblems.LinesMissing, $"It goes on at line {done + 1}.");
        }

        return before is null ? null
            : before.State == ImportState.Running ? (ImportProblems.AlreadyRunning, null)
            : before.Source != request.Source || before.Format != request.Format
                ? (ImportProblems.OtherImport, $"Its source is {before.Source}, its format {before.Format.ToString().ToLowerInvariant()}.")
            : null;
    }

    private static Task AnswerAsync(HttpContext context, Problem problem, ImportReport? report)
    {
        if (context.RequestAborted.IsCancellationRequested)
        {
            return Task.CompletedTask;
        }

        var detail = report is null ? null : $"{report.Detail} It can go on at line {report.ResumeFromLine}; {report.Accepted} events were accepted.";
        return problem.WriteAsync(context, detail, problem.Status == 503 ? RetryAfterSeconds : null);
    }
}
