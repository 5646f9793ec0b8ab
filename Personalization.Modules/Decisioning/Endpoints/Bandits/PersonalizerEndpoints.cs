using System.Buffers;
using System.Text.Json;
using System.Xml;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;
using Personalization.Decisioning.Contracts;
using Personalization.Decisioning.Pipeline.Bandits;
using Personalization.Kernel.Http;
using Personalization.Kernel.Json;

namespace Personalization.Decisioning.Endpoints.Bandits;

/// <summary>
/// Rank and Reward as clients of Azure AI Personalizer call them: they change their endpoint and key, and nothing else. The key comes as
/// <c>Ocp-Apim-Subscription-Key</c> or as a bearer token: a server key with the role <see cref="ServerRoles.Ranker"/>. Refusals have the form that
/// those clients read, not that of our other endpoints.
/// </summary>
internal sealed class PersonalizerEndpoints(BanditDesk desk, ServerKeys keys, IOptions<BanditOptions> options, TimeProvider time)
{
    private const string Base = "/personalizer/v1.0";
    private const int MaxRankBytes = 1 << 20;
    private const int MaxRewardBytes = 1 << 10;

    public static void Map(IEndpointRouteBuilder endpoints)
    {
        var endpoint = endpoints.ServiceProvider.GetRequiredService<PersonalizerEndpoints>();
        endpoints.MapPost($"{Base}/rank", (RequestDelegate)endpoint.RankAsync).WithName("PersonalizerRank");
        endpoints.MapPost($"{Base}/events/{{eventId}}/reward", (RequestDelegate)endpoint.RewardAsync).WithName("PersonalizerReward");
        endpoints.MapGet($"{Base}/configurations/service", (RequestDelegate)endpoint.ConfigurationAsync).WithName("PersonalizerServiceConfiguration");
        endpoints.MapPost($"{Base}/events/{{eventId}}/activate", (RequestDelegate)endpoint.ActivateAsync).WithName("PersonalizerActivate");
    }

    /// <summary>201 with ranking, event id and the action to show; 400; 401; 409 while an event of that id waits; 429.</summary>
    private async Task RankAsync(HttpContext context)
    {
        if (await ReadAsync(context, MaxRankBytes) is not { } body)
        {
            return;
        }

        if (RankRequestReader.Read(body, time, out var fault) is not { } request)
        {
            await RefuseAsync(context, StatusCodes.Status400BadRequest, "BadRequest", fault);
            return;
        }

        var (outcome, ranking) = await desk.RankAsync(request.EventId, request.Context, request.Actions, request.IsDeferred);
        if (ranking is null)
        {
            await (outcome == BanditOutcome.Repeated
                ? RefuseAsync(context, StatusCodes.Status409Conflict, "Conflict", "An event of this id waits for its reward.")
                : RefuseBusyAsync(context));
            return;
        }

        context.Response.StatusCode = StatusCodes.Status201Created;
        await context.Response.WriteAsJsonAsync(
            new
            {
                ranking = ranking.Order.Select(i => new { id = request.Actions[i].Id, probability = ranking.Probabilities[i] }),
                eventId = request.EventId,
                rewardActionId = ranking.Chosen < 0 ? null : request.Actions[ranking.Chosen].Id,
            },
            context.RequestAborted);
    }

    /// <summary>204, also for an event that is not waiting, as Personalizer answers; 400; 401; 429.</summary>
    private async Task RewardAsync(HttpContext context)
    {
        if (EventIdOf(context) is not { } eventId)
        {
            await RefuseEventIdAsync(context);
            return;
        }

        if (await ReadAsync(context, MaxRewardBytes) is not { } body)
        {
            return;
        }

        if (body.ValueKind != JsonValueKind.Object || !body.TryGetProperty("value", out var value) || value.ValueKind != JsonValueKind.Number
            || !value.TryGetSingle(out var reward) || !float.IsFinite(reward))
        {
            await RefuseAsync(context, StatusCodes.Status400BadRequest, "BadRequest", "'value' must be a number.");
            return;
        }

        await AnswerAsync(context, await desk.RewardAsync(eventId, reward));
    }

    /// <summary>200 with wait time, default reward, aggregation and exploration share by Personalizer's names; they are set in the configuration. 401.</summary>
    private Task ConfigurationAsync(HttpContext context) => !IsKnown(context)
        ? RefuseKeyAsync(context)
        : context.Response.WriteAsJsonAsync(
            new
            {
                rewardWaitTime = XmlConvert.ToString(TimeSpan.FromSeconds(options.Value.RewardWaitSeconds)),
                defaultReward = options.Value.DefaultReward,
                rewardAggregation = options.Value.RewardAggregation == RewardAggregation.Earliest ? "earliest" : "sum",
                explorationPercentage = options.Value.ExplorationShare,
            },
            context.RequestAborted);

    /// <summary>204, also for an event that is not waiting; 400; 401; 429.</summary>
    private async Task ActivateAsync(HttpContext context)
    {
        if (EventIdOf(context) is not { } eventId)
        {
            await RefuseEventIdAsync(context);
        }
        else if (IsKnown(context))
        {
            await AnswerAsync(context, await desk.ActivateAsync(eventId));
        }
        else
        {
            await RefuseKeyAsync(context);
        }
    }

    private static string? EventIdOf(HttpContext context) =>
        context.Request.RouteValues["eventId"] is string { Length: > 0 and <= RankRequestReader.MaxIdLength } eventId ? eventId : null;

    private static Task AnswerAsync(HttpContext context, bool isTaken)
    {
        if (!isTaken)
        {
            return RefuseBusyAsync(context);
        }

        context.Response.StatusCode = StatusCodes.Status204NoContent;
        return Task.CompletedTask;
    }

    /// <summary>Null when the request was refused, and answered.</summary>
    private async Task<JsonElement?> ReadAsync(HttpContext context, int maxBytes)
    {
        if (!IsKnown(context))
        {
            await RefuseKeyAsync(context);
            return null;
        }

        var body = new ArrayBufferWriter<byte>();
        var status = await RequestBody.ReadAsync(context.Request, body, maxBytes, context.RequestAborted);
        if (status != BodyStatus.Read)
        {
            await (status == BodyStatus.TooLarge
                ? RefuseAsync(context, StatusCodes.Status413PayloadTooLarge, "PayloadTooLarge", $"At most {maxBytes} bytes.")
                : RefuseAsync(context, StatusCodes.Status400BadRequest, "BadRequest", "The body cannot be read."));
            return null;
        }

        try
        {
            return BodyJson.Parse(body.WrittenSpan);
        }
        catch (JsonException error)
        {
            await RefuseAsync(context, StatusCodes.Status400BadRequest, "BadRequest", $"The body is no JSON: {error.Message}");
            return null;
        }
    }

    private bool IsKnown(HttpContext context)
    {
        var key = context.Request.Headers["Ocp-Apim-Subscription-Key"] is [{ Length: > 0 } subscription] ? keys.Find(subscription) : keys.Find(context);
        return key?.May(context.Request.Method, [ServerRoles.Ranker]) ?? false;
    }

    private static Task RefuseKeyAsync(HttpContext context) =>
        RefuseAsync(context, StatusCodes.Status401Unauthorized, "Unauthorized", "This needs a server key with the role 'ranker' in Ocp-Apim-Subscription-Key.");

    private static Task RefuseEventIdAsync(HttpContext context) =>
        RefuseAsync(context, StatusCodes.Status400BadRequest, "BadRequest", $"The event id must have 1 to {RankRequestReader.MaxIdLength} characters.");

    private static Task RefuseBusyAsync(HttpContext context)
    {
        context.Response.Headers.RetryAfter = "1";
        return RefuseAsync(context, StatusCodes.Status429TooManyRequests, "TooManyRequests", "Too much waits to be written; try again.");
    }

    private static Task RefuseAsync(HttpContext context, int status, string code, string message)
    {
        context.Response.StatusCode = status;
        return context.Response.WriteAsJsonAsync(new { error = new { code, message } }, context.RequestAborted);
    }
}
