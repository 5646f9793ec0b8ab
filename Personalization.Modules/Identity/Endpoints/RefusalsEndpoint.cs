using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Personalization.Identity.Domain;
using Personalization.Kernel.Http;

namespace Personalization.Identity.Endpoints;

/// <summary>What was not linked, and why. Server key required.</summary>
internal static class RefusalsEndpoint
{
    public static void Map(IEndpointRouteBuilder endpoints) =>
        endpoints.MapGet("/v1/identity/refusals", List).RequireServerKey().WithName("ListRefusedLinks");

    /// <summary>200 with how often each rule refused, and the refusals that differ, newest first.</summary>
    internal static IResult List(RefusedLinks refusals, IdentityRules rules, int limit = 100) => TypedResults.Ok(new Answer(
        refusals.Totals().ToDictionary(total => GraphNames.Of(total.Key), total => total.Value),
        [.. refusals.List(Math.Clamp(limit, 1, RefusedLinks.Kept)).Select(refusal => new Refusal(
            GraphNames.Of(refusal.Rule),
            rules.NameOf(refusal.Kind),
            GraphNames.Of(refusal.Key),
            refusal.ProfileId < 0 ? null : refusal.ProfileId,
            refusal.OtherProfileId < 0 ? null : refusal.OtherProfileId,
            refusal.Times,
            refusal.FirstOffset,
            refusal.LastOffset,
            DateTimeOffset.FromUnixTimeMilliseconds(refusal.LastTimeMs)))]));

    /// <summary>Counts by rule, and the list.</summary>
    internal sealed record Answer(IReadOnlyDictionary<string, long> Totals, IReadOnlyList<Refusal> Refusals);

    /// <summary>One value that was not linked to one person.</summary>
    internal sealed record Refusal(
        string Rule, string Kind, string Key, int? ProfileId, int? OtherProfileId, long Times, long FirstOffset, long LastOffset, DateTimeOffset LastAt);
}
