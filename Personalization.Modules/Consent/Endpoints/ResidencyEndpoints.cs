using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Personalization.Consent.Contracts;
using Personalization.Identity.Contracts;
using Personalization.Kernel.Http;

namespace Personalization.Consent.Endpoints;

/// <summary><c>GET /v1/profiles/{profileId}/residency</c>. Server key required.</summary>
internal static class ResidencyEndpoints
{
    public static readonly Problem UnknownProfile = new("consent/unknown-profile", "There is no such profile", StatusCodes.Status404NotFound);

    public static void Map(IEndpointRouteBuilder endpoints) =>
        endpoints.MapGet("/v1/profiles/{profileId:int}/residency", Get).RequireServerKey().WithName("GetResidency");

    /// <summary>200 with where the profile, or the one it was merged into, belongs, and where its data may go; 404.</summary>
    internal static IResult Get(int profileId, IResidency residency, IProfileDirectory profiles)
    {
        if (profileId < 0 || profileId >= profiles.Count)
        {
            return UnknownProfile.ToResult($"Profile {profileId} was never created.");
        }

        var living = profiles.Canonical(profileId);
        var tag = residency.TagOf(living);
        return TypedResults.Ok(new
        {
            profileId = living,
            country = tag.Country.Length == 0 ? null : tag.Country,
            region = tag.Region,
            origin = tag.Origin.ToString().ToLowerInvariant(),
            destinations = residency.Rules.Select(rule => Describe(rule.Destination, residency.MayLeave(living, rule.Destination))),
        });
    }

    private static object Describe(string destination, ResidencyVerdict verdict) => new
    {
        destination,
        isAllowed = verdict.IsAllowed,
        reason = System.Text.Json.JsonNamingPolicy.SnakeCaseLower.ConvertName(verdict.Reason.ToString()),
    };
}
