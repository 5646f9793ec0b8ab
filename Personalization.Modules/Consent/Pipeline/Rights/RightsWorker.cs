using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using Personalization.Consent.Domain.Rights;
using Personalization.Consent.Storage.Rights;

namespace Personalization.Consent.Pipeline.Rights;

/// <summary>
/// Works off what is due, one request after the other, the oldest first; after a crash it takes up what was begun. A request that fails
/// is tried again later and later, never given up: the law knows no such thing.
/// </summary>
internal sealed partial class RightsWorker(
    RightsStore store,
    RightsJob job,
    RightsDesk desk,
    RightsMetrics metrics,
    ExportFiles files,
    TimeProvider time,
    IOptions<RightsOptions> options,
    ILogger<RightsWorker> logger)
    : BackgroundService
{
    private readonly RightsOptions _options = options.Value;

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        // Away from the starting thread: the first look must not keep the port closed.
        await Task.Yield();
        Task<bool>? woken = null;
        while (!stoppingToken.IsCancellationRequested)
        {
            await WorkAsync(stoppingToken);
            woken ??= desk.Woken.WaitToReadAsync(stoppingToken).AsTask();
            await Task.WhenAny(woken, Task.Delay(TimeSpan.FromSeconds(_options.PollSeconds), time, stoppingToken));
            if (woken.IsCompleted)
            {
                desk.Woken.TryRead(out _);
                woken = null;
            }
        }
    }

    private async Task WorkAsync(CancellationToken cancellationToken)
    {
        try
        {
            foreach (var request in store.ListOpen().Where(IsDue))
            {
                await WorkSafelyAsync(request, cancellationToken);
            }

            EndExports();
            store.Expire(time.GetUtcNow().AddDays(-_options.EvidenceDays).ToUnixTimeMilliseconds());
            metrics.Look();
        }
        catch (Exception error) when (error is not OperationCanceledException) // The loop must outlive a full disk: requests stay as they are.
        {
            LogLookFailed(error);
        }
    }

    private bool IsDue(RightsRequest request)
    {
        var now = time.GetUtcNow();
        return request.State == RightsState.InProgress
            ? request.RetryAt is not { } retryAt || retryAt <= now
            : request.Verification != VerificationState.Needed && request.StartsAt <= now;
    }

    private async Task WorkSafelyAsync(RightsRequest request, CancellationToken cancellationToken)
    {
        try
        {
            // It may have been cancelled a moment ago: then it is not begun.
            var begun = request.State == RightsState.InProgress ? request : store.Change(
                request.Id,
                before => before.State == RightsState.Pending ? before with { State = RightsState.InProgress } : null,
                NowMs);
            if (begun is not null && await job.RunAsync(begun, cancellationToken))
            {
                LogCompleted(request.Id, request.Type);
            }
        }
        catch (Exception error) when (error is not OperationCanceledException) // One request must not hold up the others.
        {
            LogFailed(error, request.Id, request.Type);
            store.Change(
                request.Id,
                before => before with
                {
                    Failures = before.Failures + 1,
                    LastFailure = error.GetType().Name,
                    RetryAt = time.GetUtcNow() + Backoff.After(before.Failures + 1, _options.BackoffSeconds),
                },
                NowMs);
        }
    }

    /// <summary>Copies whose time is over, and files that a crash left behind.</summary>
    private void EndExports()
    {
        var wanted = new HashSet<Guid>();
        foreach (var request in store.ListWithExport())
        {
            if (request.Export is not { } export)
            {
                continue;
            }

            if (export.ExpiresAt <= time.GetUtcNow())
            {
                files.End(request.Id, "expired");
            }
            else
            {
                wanted.Add(export.Id);
            }
        }

        files.Sweep(wanted);
    }

    private long NowMs => time.GetUtcNow().ToUnixTimeMilliseconds();

    [LoggerMessage(EventId = 3204, Level = LogLevel.Information, Message = "Request {RequestId} ({Type}) is completed")]
    private partial void LogCompleted(Guid requestId, RightsType type);

    [LoggerMessage(EventId = 3205, Level = LogLevel.Error, Message = "Request {RequestId} ({Type}) failed and is tried again")]
    private partial void LogFailed(Exception error, Guid requestId, RightsType type);

    [LoggerMessage(EventId = 3206, Level = LogLevel.Error, Message = "Requests could not be looked at; they are looked at again")]
    private partial void LogLookFailed(Exception error);
}
