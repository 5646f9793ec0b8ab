using System.Text.Json;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using Personalization.Consent.Domain.Rights;
using Personalization.Consent.Storage.Rights;

namespace Personalization.Consent.Pipeline.Rights;

/// <summary>
/// Tells of every change of a request's state, to every address, at least once and in order: the next change of a request is told to an
/// address when the one before it was, or was given up.
/// </summary>
internal sealed partial class CallbackSender(
    RightsStore store, OutboundCalls calls, ResultLinks links, TimeProvider time, IOptions<RightsOptions> options, ILogger<CallbackSender> logger)
    : BackgroundService
{
    private const int BatchSize = 64;
    private const int AtATime = 8;
    private readonly RightsOptions _options = options.Value;

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var timer = new PeriodicTimer(TimeSpan.FromSeconds(_options.PollSeconds), time);
        do
        {
            try
            {
                while (await SendDueAsync(stoppingToken))
                {
                }
            }
            catch (Exception error) when (error is not OperationCanceledException) // The loop must outlive a full disk: what is due stays due.
            {
                LogFailed(error);
            }
        }
        while (await timer.WaitForNextTickAsync(stoppingToken).ConfigureAwait(false));
    }

    /// <summary>False when nothing was due. Whatever is called is due later or no more, so this comes to an end.</summary>
    private async Task<bool> SendDueAsync(CancellationToken cancellationToken)
    {
        var due = store.DueCallbacks(time.GetUtcNow().ToUnixTimeMilliseconds(), BatchSize);
        await Parallel.ForEachAsync(
            due,
            new ParallelOptions { MaxDegreeOfParallelism = AtATime, CancellationToken = cancellationToken },
            async (callback, token) => await SendAsync(callback, token));
        return due.Count > 0;
    }

    private async Task SendAsync(DueCallback callback, CancellationToken cancellationToken)
    {
        var answer = store.Find(Guid.ParseExact(callback.RequestId, "N")) is { } request && OutboundAddress.Parse(callback.Url) is { } url
            ? await calls.PostAsync(url, BodyOf(request, callback), token: null, cancellationToken)
            : new OutboundAnswer(404, []);
        var attempts = callback.Attempts + 1;

        // Also an answer of 4xx is tried again: the receiver's own key may be rolling over, and nobody else will tell it.
        var outcome = answer.IsSuccess ? "delivered" : attempts >= _options.MaxAttempts ? "failed" : "waiting";
        var next = time.GetUtcNow() + Backoff.After(attempts, _options.BackoffSeconds);
        store.NoteCallback(callback.Id, attempts, next.ToUnixTimeMilliseconds(), outcome);
        if (outcome == "failed")
        {
            LogGivenUp(callback.RequestId, callback.Status, attempts, answer.Status ?? 0);
        }
    }

    private byte[] BodyOf(RightsRequest request, DueCallback callback) => JsonSerializer.SerializeToUtf8Bytes(
        new OpenDsrCallback(
            _options.ControllerId,
            OpenDsrTime.Write(request.DueAt),
            callback.Url,
            request.SubjectRequestId ?? request.Id.ToString("D"),
            callback.Status,
            OpenDsrTime.ApiVersion,
            callback.Status == OpenDsrStatus.Completed ? links.Of(request) : null,
            callback.Status == OpenDsrStatus.Cancelled ? request.RefusalReason : null),
        OpenDsrTime.Json);

    [LoggerMessage(EventId = 3201, Level = LogLevel.Error, Message = "Request {RequestId}: nobody could be told that it is {Status}, after {Attempts} calls; the last answer was {HttpStatus}")]
    private partial void LogGivenUp(string requestId, string status, long attempts, int httpStatus);

    [LoggerMessage(EventId = 3202, Level = LogLevel.Error, Message = "Callbacks could not be sent; they are tried again")]
    private partial void LogFailed(Exception error);
}

/// <summary>Body of a callback; OpenDSR's names.</summary>
internal sealed record OpenDsrCallback(
    string ControllerId,
    string ExpectedCompletionTime,
    string StatusCallbackUrl,
    string SubjectRequestId,
    string RequestStatus,
    string ApiVersion,
    string? ResultsUrl,
    string? RefusalReason);

/// <summary>How OpenDSR writes.</summary>
internal static class OpenDsrTime
{
    public const string ApiVersion = "2.0";

    public static readonly JsonSerializerOptions Json = new(JsonSerializerDefaults.Web)
    {
        PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower,
        DefaultIgnoreCondition = System.Text.Json.Serialization.JsonIgnoreCondition.WhenWritingNull,
    };

    /// <summary>RFC 3339.</summary>
    public static string Write(DateTimeOffset moment) =>
        moment.UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss.fff'Z'", System.Globalization.CultureInfo.InvariantCulture);
}
