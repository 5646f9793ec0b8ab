using System.Buffers;
using System.Diagnostics.CodeAnalysis;
using System.Text.Json;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using Personalization.Features.Domain.ChangeCapture;
using Personalization.Features.Pipeline;
using Personalization.Kernel.Http;

namespace Personalization.Features.Endpoints;

/// <summary>
/// <c>POST /v1/cdc</c>: changes of the shop's own databases as Debezium tells them. Server key required, or a signature of Debezium Server's HTTP
/// sink. Sending the same again, in any order, changes nothing of the catalogue; of a customer, the source's clock tells the newer from the older.
/// </summary>
internal sealed partial class ChangeCaptureEndpoint(
    ChangeTranslator translator,
    CapturedChangeWriter writer,
    ChangeCaptureMetrics metrics,
    ServerKeys keys,
    TimeProvider time,
    IOptions<ChangeCaptureOptions> options,
    ILogger<ChangeCaptureEndpoint> logger)
{
    private static readonly Problem BadSignature =
        new("features/bad-webhook-signature", "The webhook's signature is not of a configured secret, or too old", StatusCodes.Status401Unauthorized);

    private readonly byte[][] _secrets = [.. options.Value.WebhookSecrets.Select(WebhookSignature.KeyOf).OfType<byte[]>()];

    /// <summary>
    /// 200 with what became of the records once all that counts as applied is on disk; 400 when the body is no JSON; 401, 413, 415; 429 and 503
    /// with Retry-After, after which everything is to be sent again.
    /// </summary>
    public async Task<IResult> HandleAsync(HttpContext context)
    {
        var isServer = keys.IsServer(context);
        if (!isServer && !IsSigned(context.Request))
        {
            context.Response.Headers.WWWAuthenticate = "Bearer";
            return ServerKeyExtensions.ServerKeyRequired.ToResult();
        }

        var body = new ArrayBufferWriter<byte>();
        if (await RequestBody.ReadAsync(context.Request, body, options.Value.MaxBytes, context.RequestAborted) is var status and not BodyStatus.Read)
        {
            return ProblemOf(status).ToResult();
        }

        if (!isServer && !HasValidSignature(context.Request, body.WrittenSpan))
        {
            return BadSignature.ToResult();
        }

        var capture = new Capture();
        return TryTranslate(body.WrittenSpan, context.Request.Query["table"].ToString(), capture, out var fault)
            ? await WriteAsync(context, capture)
            : CatalogProblems.Malformed.ToResult(fault);
    }

    private async Task<IResult> WriteAsync(HttpContext context, Capture capture)
    {
        if (await writer.WriteAsync(capture, context.RequestAborted) is { } problem)
        {
            return CatalogWriter.Refuse(context, problem, "Send all of it again: what is on disk already will be skipped.");
        }

        metrics.Captured(capture);
        if (capture.Refused > 0)
        {
            var first = capture.Refusals[0];
            LogRefused(capture.Refused, first.Reason, first.Detail);
        }

        return TypedResults.Ok(ChangeCaptureAnswer.Of(capture));
    }

    private bool TryTranslate(ReadOnlySpan<byte> body, string table, Capture capture, [NotNullWhen(false)] out string? fault)
    {
        try
        {
            var records = 0;
            ChangeBody.Read(body, (record, index) =>
            {
                translator.Translate(record, index, table, capture);
                records++;
            });
            fault = records == 0 && body.IsEmpty ? "The body is empty." : null;
        }
        catch (JsonException error)
        {
            fault = $"It is not JSON from byte {error.BytePositionInLine} of line {error.LineNumber} on. Nothing of it was taken.";
        }

        return fault is null;
    }

    private bool IsSigned(HttpRequest request) => _secrets.Length > 0 && request.Headers.ContainsKey("webhook-signature");

    private bool HasValidSignature(HttpRequest request, ReadOnlySpan<byte> body) => WebhookSignature.IsValid(
        _secrets,
        request.Headers["webhook-id"].ToString(),
        request.Headers["webhook-timestamp"].ToString(),
        request.Headers["webhook-signature"].ToString(),
        body,
        time.GetUtcNow());

    private static Problem ProblemOf(BodyStatus status) => status switch
    {
        BodyStatus.TooLarge => CatalogProblems.TooLarge,
        BodyStatus.UnknownEncoding => CatalogProblems.UnknownEncoding,
        _ => CatalogProblems.Malformed,
    };

    [LoggerMessage(EventId = 4010, Level = LogLevel.Warning, Message = "{Refused} change records were refused; the first, for {Reason}: {Detail}")]
    private partial void LogRefused(int refused, CaptureReason reason, string detail);
}

/// <summary>What became of the records of a request.</summary>
/// <param name="Applied">Records whose changes are on disk, to be applied in the order of the log.</param>
/// <param name="Skipped">
/// Records of the catalogue that were applied before, or are older than what was. A customer's counts as applied again: the event path knows its message id, and drops it.
/// </param>
/// <param name="Ignored">Records that change no row: tombstones, heartbeats, limits of transactions, changes of a schema.</param>
/// <param name="RefusedCount">Records that were refused.</param>
/// <param name="Refused">Why, for the first of them: at most 100.</param>
internal sealed record ChangeCaptureAnswer(int Applied, int Skipped, int Ignored, int RefusedCount, IReadOnlyList<RefusedChange> Refused)
{
    public static ChangeCaptureAnswer Of(Capture capture) => new(
        capture.Applied, capture.Skipped, capture.Ignored, capture.Refused, [.. capture.Refusals.Select(RefusedChange.Of)]);
}

/// <summary>One refused record.</summary>
/// <param name="Index">Its place in the body, from 0.</param>
/// <param name="Reason">A word for programs.</param>
/// <param name="Detail">A sentence for people.</param>
internal sealed record RefusedChange(int Index, string Reason, string Detail)
{
    public static RefusedChange Of(CaptureRefusal refusal) =>
        new(refusal.Index, JsonNamingPolicy.CamelCase.ConvertName(refusal.Reason.ToString()), refusal.Detail);
}
