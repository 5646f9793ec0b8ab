using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Personalization.Identity.Contracts;
using Personalization.Identity.Domain;
using Personalization.Kernel.Http;

namespace Personalization.Identity.Endpoints;

/// <summary>Finds a profile by any identifier. Server key required.</summary>
internal static class LookupEndpoints
{
    public static readonly Problem UnknownKind = new("identity/unknown-kind", "There is no such kind of identifier", StatusCodes.Status400BadRequest);

    public static readonly Problem UnknownIdentifier = new("identity/unknown-identifier", "Nobody has been seen with this identifier", StatusCodes.Status404NotFound);

    public static void Map(IEndpointRouteBuilder endpoints)
    {
        endpoints.MapGet("/v1/identity/profiles", Find).RequireServerKey().WithName("FindProfile");

        // For values that should not stand in an address, which proxies write to their logs.
        endpoints.MapPost("/v1/identity/profiles", FindPosted).RequireServerKey().WithName("FindProfilePosted");
    }

    /// <summary>200 with the living profile and all its numbers; 400 for an unknown kind; 404 for an unknown value.</summary>
    internal static IResult Find(IdentityRules rules, IPersonDirectory people, string kind = "", string value = "")
    {
        if (rules.Vocabulary.Find(kind) is not { } found)
        {
            var known = $"Known kinds are: {string.Join(", ", rules.Vocabulary.Kinds.Select(each => each.Name))}.";
            return UnknownKind.ToResult(kind.Length == 0 ? $"'kind' and 'value' say whom to look for. {known}" : known);
        }

        var profileId = people.Find(found.Name, value);
        return profileId < 0
            ? UnknownIdentifier.ToResult()
            : TypedResults.Ok(new FoundProfile(profileId, [.. people.GroupOf(profileId).Order()]));
    }

    internal static IResult FindPosted(Question question, IdentityRules rules, IPersonDirectory people) =>
        Find(rules, people, question.Kind ?? "", question.Value ?? "");

    /// <summary>What is looked for.</summary>
    internal sealed record Question(string? Kind, string? Value);

    /// <summary>The profile that lives, and all that live on in it.</summary>
    internal sealed record FoundProfile(int ProfileId, IReadOnlyList<int> Profiles);
}
