using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Personalization.Features.Contracts;
using Personalization.Features.Domain.Traits;
using Personalization.Identity.Contracts;
using Personalization.Kernel.Http;

namespace Personalization.Features.Endpoints;

/// <summary>What is known of a shopper. Server key required.</summary>
internal static class ProfileLookup
{
    public static readonly Problem UnknownShopper = new("features/unknown-shopper", "Nobody has been seen with these identifiers", StatusCodes.Status404NotFound);

    public static void Map(IEndpointRouteBuilder endpoints) =>
        endpoints.MapGet("/v1/profiles/lookup", Lookup).RequireServerKey().WithName("LookUpProfile");

    internal static IResult Lookup(
        IProfileDirectory profiles, IProfileFeatures features, ICatalog catalog, ITraitReader traits, TraitNames names, TimeProvider time,
        string? userId = null, string? anonymousId = null)
    {
        var profileId = profiles.Find(userId, anonymousId);
        if (profileId < 0)
        {
            return UnknownShopper.ToResult();
        }

        var view = new ProfileView();
        features.TryRead(profileId, view);
        return TypedResults.Ok(new
        {
            profileId,
            counters = view.Counters,
            session = new { number = view.SessionNumber, startedAt = Time(view.SessionStartMs), lastEventAt = Time(view.LastEventMs), events = view.SessionEvents },
            viewed = Items(view.Recent(RecentKind.Viewed), catalog),
            added = Items(view.Recent(RecentKind.Added), catalog),
            purchased = Items(view.Recent(RecentKind.Purchased), catalog),
            categories = Terms(view.Categories, catalog),
            brands = Terms(view.Brands, catalog),
            traits = TraitAnswer.Of(profileId, traits, names, time.GetUtcNow()),
        });
    }

    private static DateTimeOffset? Time(long unixMs) => unixMs == 0 ? null : DateTimeOffset.FromUnixTimeMilliseconds(unixMs);

    private static List<object> Items(ReadOnlySpan<RecentItem> items, ICatalog catalog)
    {
        var answer = new List<object>(items.Length);
        foreach (var item in items)
        {
            answer.Add(new { id = catalog.IdOf(item.Item), at = Time(item.TimestampMs) });
        }

        return answer;
    }

    private static List<object> Terms(ReadOnlySpan<Affinity> affinities, ICatalog catalog)
    {
        var answer = new List<object>(affinities.Length);
        foreach (var affinity in affinities)
        {
            answer.Add(new { name = catalog.TermOf(affinity.Term), weight = affinity.Weight });
        }

        return answer;
    }
}
