using Microsoft.AspNetCore.Http;
using Personalization.Decisioning.Contracts;
using Personalization.Decisioning.Domain;
using Personalization.Features.Contracts;
using Personalization.Kernel.Http;
using Personalization.Tracking.Contracts;

namespace Personalization.Decisioning.Endpoints;

/// <summary>
/// <c>GET</c> and <c>POST /v1/recommendations/{placement}</c>: 200 with the answer; 304 when the asker has it already and nothing personal is in it; 400 naming every wrong field; 401 without a known write
/// key or server key; 403 with a write key where the placement answers servers alone; 404 for an unknown placement; 413 for a body above 64 KiB.
/// </summary>
internal sealed class RecommendationsEndpoint
{
    private const int MaxBodyBytes = 64 * 1024;

    /// <summary>Marks a request whose answer does not know all that it was to wait for.</summary>
    private static readonly object Stale = new();
    private static readonly Problem KeyRequired =
        new("decisioning/key-required", "This needs a write key of a source, or a server key", StatusCodes.Status401Unauthorized);

    private static readonly Problem ForServersOnly =
        new("decisioning/for-servers-only", "This placement answers servers alone: it needs a server key", StatusCodes.Status403Forbidden);

    private static readonly Problem UnknownPlacement =
        new("decisioning/unknown-placement", "There is no placement of this name", StatusCodes.Status404NotFound);

    private static readonly Problem InvalidQuestion =
        new("decisioning/invalid-question", "Some fields of the question are invalid", StatusCodes.Status400BadRequest);

    private static readonly Problem BodyTooLarge =
        new("decisioning/body-too-large", "The body is larger than 64 KiB", StatusCodes.Status413PayloadTooLarge);

    private readonly Personalizer _personalizer;
    private readonly ISourceDirectory _sources;
    private readonly ServerKeys _serverKeys;
    private readonly ColdShoppers? _cold;
    private readonly ICatalog? _catalog;
    private readonly IAppliedEvents? _applied;

    /// <summary>Made once: a question allocates no delegate.</summary>
    private readonly WriteAnswer _write;

    public RecommendationsEndpoint(
        Personalizer personalizer,
        ISourceDirectory sources,
        ServerKeys serverKeys,
        ColdShoppers? cold = null,
        ICatalog? catalog = null,
        IAppliedEvents? applied = null)
    {
        (_personalizer, _sources, _serverKeys, _cold, _catalog, _applied) = (personalizer, sources, serverKeys, cold, catalog, applied);
        _write = (asker, request, answer, isLate) => WriteAsync((HttpContext)asker, request, answer, isLate);
    }

    public Task GetAsync(HttpContext context)
    {
        if (RefusalOf(context) is { } refusal)
        {
            return RefuseAsync(context, refusal);
        }

        var errors = new QuestionErrors();
        var request = RecommendationQuery.Parse(PlacementOf(context), context.Request.QueryString.Value, errors);
        return AnswerAsync(context, request, errors);
    }

    public async Task PostAsync(HttpContext context)
    {
        if (RefusalOf(context) is { } refusal)
        {
            await RefuseAsync(context, refusal);
            return;
        }

        var errors = new QuestionErrors();
        var reader = context.Request.BodyReader;
        while (true)
        {
            var read = await reader.ReadAsync(context.RequestAborted);
            if (read.Buffer.Length > MaxBodyBytes)
            {
                reader.AdvanceTo(read.Buffer.End);
                await BodyTooLarge.WriteAsync(context);
                return;
            }

            if (read.IsCompleted)
            {
                var request = RecommendationBody.Parse(PlacementOf(context), read.Buffer, errors);
                reader.AdvanceTo(read.Buffer.End);
                await AnswerAsync(context, request, errors);
                return;
            }

            reader.AdvanceTo(read.Buffer.Start, read.Buffer.End);
        }
    }

    /// <summary>Null when it is answered. What the placement says is asked of its configuration: no arm of an experiment opens it.</summary>
    private Problem? RefusalOf(HttpContext context) =>
        _sources.Authenticate(context) is null ? (_serverKeys.IsServer(context) ? null : KeyRequired)
        : _personalizer.Find(PlacementOf(context)) is { ServersOnly: true } && !_serverKeys.IsServer(context) ? ForServersOnly
        : null;

    private static string PlacementOf(HttpContext context) => context.Request.RouteValues["placement"] as string ?? "";

    private static Task RefuseAsync(HttpContext context, Problem problem)
    {
        context.Response.Headers.WWWAuthenticate = problem == KeyRequired ? "Basic realm=\"write key\", Bearer" : "Bearer";
        return problem.WriteAsync(context);
    }

    private Task AnswerAsync(HttpContext context, RecommendationRequest? request, QuestionErrors errors)
    {
        if (request is null)
        {
            return RefuseAsync(context, errors);
        }

        if (GlobalPrivacyControl.IsSet(context.Request))
        {
            request = request with { HasGpc = true };
        }

        return request.Fresh && _applied is not null ? AnswerFreshAsync(context, request, _applied) : AnswerAnyAsync(context, request);
    }

    /// <summary>What was acknowledged has some ms to count; an answer without it says so.</summary>
    private async Task AnswerFreshAsync(HttpContext context, RecommendationRequest request, IAppliedEvents applied)
    {
        if (!await applied.CatchUpAsync(context.RequestAborted))
        {
            context.Items[Stale] = true;
        }

        await AnswerAnyAsync(context, request);
    }

    private Task AnswerAnyAsync(HttpContext context, RecommendationRequest request) =>
        _cold?.IsAway(request) == true ? AnswerWhenBackAsync(context, request, _cold) : AnswerAsync(context, request);

    /// <summary>The profile has some ms to come back; without it the answer says that it was not there.</summary>
    private async Task AnswerWhenBackAsync(HttpContext context, RecommendationRequest request, ColdShoppers shoppers)
    {
        await shoppers.WaitAsync(request, context.RequestAborted);
        await AnswerAsync(context, request);
    }

    private Task AnswerAsync(HttpContext context, RecommendationRequest request) =>
        _personalizer.TryAnswer(request, context, _write, out var written)
            ? written
            : UnknownPlacement.WriteAsync(context, $"Configured are: {string.Join(", ", _personalizer.Placements.Order(StringComparer.Ordinal))}.");

    private Task WriteAsync(HttpContext context, RecommendationRequest request, Recommendations answer, bool isLate) =>
        isLate ? WriteLateAsync(context, request, answer) : AnswerWriter.WriteAsync(context.Response, answer, TermsOf(context, request));

    /// <summary>
    /// The thread that reads this connection is held, and HTTP/1.1 has no other: the answer goes out whole now, and the next question had better come over another
    /// connection.
    /// </summary>
    private async Task WriteLateAsync(HttpContext context, RecommendationRequest request, Recommendations answer)
    {
        if (HttpProtocol.IsHttp11(context.Request.Protocol) || HttpProtocol.IsHttp10(context.Request.Protocol))
        {
            context.Response.Headers.Connection = "close";
        }

        await AnswerWriter.WriteAsync(context.Response, answer, TermsOf(context, request));
        await context.Response.CompleteAsync();
    }

    /// <summary>Only what was asked for by address, and of nobody, may be kept by others.</summary>
    private AnswerTerms TermsOf(HttpContext context, RecommendationRequest request) => new(
        request.Explain,
        _catalog,
        HttpMethods.IsGet(context.Request.Method) && request is { UserId: null, AnonymousId: null } ? _personalizer.CacheSecondsOf(request.Placement) : 0,
        IsStale: request.Fresh && context.Items.ContainsKey(Stale));

    private static Task RefuseAsync(HttpContext context, QuestionErrors errors)
    {
        var problem = InvalidQuestion.Describe(string.Join("; ", errors.ByField.Select(pair => $"{pair.Key} {pair.Value}")));
        problem.Extensions["errors"] = errors.ByField.ToDictionary(pair => pair.Key, pair => new[] { pair.Value });
        context.Response.StatusCode = InvalidQuestion.Status;
        return context.Response.WriteAsJsonAsync(problem, options: null, contentType: "application/problem+json", context.RequestAborted);
    }
}
