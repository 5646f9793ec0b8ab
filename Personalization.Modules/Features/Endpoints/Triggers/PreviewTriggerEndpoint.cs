using System.Buffers;
using System.Text.Json;
using Microsoft.AspNetCore.Http;
using Personalization.Features.Domain.Definitions;
using Personalization.Features.Domain.Triggers;
using Personalization.Features.Endpoints.Definitions;
using Personalization.Kernel.Http;
using Personalization.Kernel.Json;
using Personalization.Tracking.Contracts;

namespace Personalization.Features.Endpoints.Triggers;

/// <summary>What a trigger would have done.</summary>
/// <param name="Profiles">Profiles for which it would have fired.</param>
/// <param name="Firings">How often.</param>
/// <param name="Suppressed">Held back by its cooldown or limit.</param>
/// <param name="Looked">Profiles that were looked at.</param>
/// <param name="From">What was due after this time.</param>
/// <param name="To">And by this one.</param>
/// <param name="Over">What was counted.</param>
internal sealed record PreviewAnswer(long Profiles, long Firings, long Suppressed, long Looked, DateTimeOffset From, DateTimeOffset To, string Over);

/// <summary><c>POST /v1/triggers/preview?days=</c> with a definition that need not be saved: for how many shoppers it would have fired.</summary>
internal sealed class PreviewTriggerEndpoint(TriggerPreview preview, TriggerRegistry triggers, ILogClock clock)
{
    public static readonly Problem InvalidDays = new("features/invalid-trigger-preview", "The query has faults", StatusCodes.Status400BadRequest);
    public static readonly Problem NotPreviewed = new("features/trigger-not-previewed", "Of such a trigger nobody knows what it would have done", StatusCodes.Status422UnprocessableEntity);
    public static readonly Problem Busy = new("features/trigger-preview-busy", "Another preview is being made", StatusCodes.Status429TooManyRequests);

    private const int DefaultDays = 7;
    private const int MaxDays = 90;
    private const int RetryAfterSeconds = 2;

    /// <summary>200; 400 with all faults; 413; 422 for triggers on items and segments, whose past is not kept; 429 with Retry-After.</summary>
    public async Task<IResult> HandleAsync(HttpContext context, int? days)
    {
        if (days is < 1 or > MaxDays)
        {
            return InvalidDays.ToResult($"'days' is 1 to {MaxDays}.");
        }

        var body = new ArrayBufferWriter<byte>();
        if (await RequestBody.ReadAsync(context.Request, body, DefinitionBook.MaxBodyBytes, context.RequestAborted) is var status and not BodyStatus.Read)
        {
            return (status == BodyStatus.TooLarge ? DefinitionProblems.TooLarge : DefinitionProblems.Malformed).ToResult();
        }

        var faults = new List<DefinitionFault>();
        if (Parse(body.WrittenMemory) is not { } json)
        {
            return DefinitionProblems.Malformed.ToResult();
        }

        if (TriggerReader.Read("preview", 1, json, faults) is not { } definition)
        {
            return DefinitionRefusal.Faults(faults);
        }

        var trigger = triggers.Compile(definition);
        if (trigger.Pattern is null)
        {
            return NotPreviewed.ToResult($"Former prices, stock and memberships are not kept; {TriggerWords.Of(definition.Waits.Kind)} cannot be counted.");
        }

        var (now, before) = (clock.NowMs, (long)TimeSpan.FromDays(days ?? DefaultDays).TotalMilliseconds);
        if (await preview.CountAsync(trigger, now - before, now, context.RequestAborted) is not { } counts)
        {
            context.Response.Headers.RetryAfter = RetryAfterSeconds.ToString();
            return Busy.ToResult();
        }

        return TypedResults.Ok(new PreviewAnswer(
            counts.Profiles, counts.Firings, counts.Suppressed, counts.Looked,
            DateTimeOffset.FromUnixTimeMilliseconds(now - before), DateTimeOffset.FromUnixTimeMilliseconds(now), "retained history"));
    }

    private static JsonElement? Parse(ReadOnlyMemory<byte> body)
    {
        try
        {
            return BodyJson.Parse(body.Span);
        }
        catch (JsonException)
        {
            return null;
        }
    }
}
