using Microsoft.AspNetCore.Http;
using Personalization.Consent.Pipeline;
using Personalization.Identity.Contracts;
using Personalization.Kernel.Audit;

namespace Personalization.Consent.Endpoints;

/// <summary>
/// What counts for a shopper and how it came about, and the administrator's way to the option not to be profiled. Server key required.
/// </summary>
internal sealed class ReadConsentEndpoint(
    ConsentAnswer answer, IProfileDirectory profiles, ShopperIdentifiers identifiers, StatementWriter statements, IAuditLog? audit = null)
{
    private const int MaxLimit = 1_000;
    private const int UsualLimit = 50;

    /// <summary><c>GET /v1/profiles/{profileId}/consent?limit=&amp;before=</c>: 200; 400 for a wrong parameter; 404 when there is no such profile.</summary>
    public Task GetAsync(HttpContext context) =>
        TryGetProfile(context, out var profileId) ? AnswerAsync(context, profileId) : UnknownAsync(context);

    /// <summary><c>GET /v1/consent?userId=&amp;anonymousId=</c>: the same by identifier.</summary>
    public Task LookUpAsync(HttpContext context)
    {
        var query = context.Request.Query;
        var profileId = profiles.Find(query["userId"].ToString(), query["anonymousId"].ToString());
        return profileId >= 0 ? AnswerAsync(context, profileId) : UnknownAsync(context);
    }

    /// <summary>
    /// <c>PUT /v1/profiles/{profileId}/non-profiling</c> with <c>{"isNonProfiling": true}</c>: 200 when it has taken effect; 400; 404; 409
    /// when nobody knows the profile's identifiers any more; 429 and 503 with Retry-After.
    /// </summary>
    public async Task ChooseAsync(HttpContext context)
    {
        if (!TryGetProfile(context, out var profileId))
        {
            await UnknownAsync(context);
            return;
        }

        using var body = await RecordConsentEndpoint.ReadAsync(context, static (body, errors) =>
        {
            if (body.ValueKind != System.Text.Json.JsonValueKind.Object || !body.TryGetProperty("isNonProfiling", out var choice) ||
                choice.ValueKind is not (System.Text.Json.JsonValueKind.True or System.Text.Json.JsonValueKind.False))
            {
                errors.Add("isNonProfiling", "must be true or false");
            }
        });
        if (body is null)
        {
            return;
        }

        if (await identifiers.FindAsync(profileId, context.RequestAborted) is not var (userId, anonymousId))
        {
            await ConsentProblems.NoIdentifiers.WriteAsync(context);
            return;
        }

        var isChosen = body.RootElement.GetProperty("isNonProfiling").GetBoolean();
        var written = await statements.WriteAsync(
            userId, anonymousId, StatementWriter.ServerSource, json => json.WriteBoolean("nonProfiling", isChosen), context.RequestAborted);
        if (await RecordConsentEndpoint.IsWrittenAsync(context, written))
        {
            if (audit is not null)
            {
                await audit.AppendAsync(
                    new AuditRecord("consent.non-profiling", "server-key", $"profile:{profileId}", isChosen ? "true" : "false"), context.RequestAborted);
            }

            await answer.WriteAsync(context, profiles.Canonical(profileId));
        }
    }

    private Task AnswerAsync(HttpContext context, int profileId)
    {
        var limit = UsualLimit;
        var before = long.MaxValue;
        var errors = new FieldErrors();
        if (context.Request.Query["limit"] is [{ } limitText] && (!int.TryParse(limitText, out limit) || limit is < 1 or > MaxLimit))
        {
            errors.Add("limit", $"must be a whole number from 1 to {MaxLimit}");
        }

        if (context.Request.Query["before"] is [{ } beforeText] && (!long.TryParse(beforeText, out before) || before < 0))
        {
            errors.Add("before", "must be an offset");
        }

        return errors.IsEmpty
            ? answer.WriteWithHistoryAsync(context, profileId, before, limit)
            : errors.WriteAsync(context, ConsentProblems.InvalidQuery);
    }

    private bool TryGetProfile(HttpContext context, out int profileId)
    {
        var isKnown = int.TryParse(context.Request.RouteValues["profileId"] as string, out profileId) && profileId >= 0 && profileId < profiles.Count;
        profileId = isKnown ? profiles.Canonical(profileId) : -1;
        return isKnown;
    }

    private static Task UnknownAsync(HttpContext context) => ConsentProblems.UnknownProfile.WriteAsync(context);
}
