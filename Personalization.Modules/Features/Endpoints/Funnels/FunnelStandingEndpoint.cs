using Microsoft.AspNetCore.Http;
using Personalization.Features.Domain.Funnels;
using Personalization.Features.Domain.History;
using Personalization.Identity.Contracts;
using Personalization.Tracking.Contracts;

namespace Personalization.Features.Endpoints.Funnels;

/// <summary>Where a shopper stands in a funnel.</summary>
/// <param name="ProfileId">Who.</param>
/// <param name="Stage">Steps that the furthest current attempt has completed; 0 for none.</param>
/// <param name="Step">Name of the last of them; null for none.</param>
/// <param name="FallsAt">When that falls by itself; null for never.</param>
/// <param name="Offsets">Places of the events that it stands on, oldest first.</param>
internal sealed record FunnelStandingAnswer(int ProfileId, int Stage, string? Step, DateTimeOffset? FallsAt, IReadOnlyList<long> Offsets);

/// <summary><c>GET /v1/funnels/{id}/standing?userId=&amp;anonymousId=</c>: where a shopper stands, by the log's clock, and on which events.</summary>
internal sealed class FunnelStandingEndpoint(FunnelRegistry funnels, IProfileDirectory profiles, IProfileHistory history, ILogClock clock)
{
    /// <summary>200; 404 for a funnel that is not in use, or a shopper whom nobody has seen.</summary>
    public IResult Handle(string id, string? userId = null, string? anonymousId = null)
    {
        if (funnels.Live(id) is not { } funnel)
        {
            return FunnelReportEndpoint.Unknown.ToResult($"No version of a funnel '{id}' is in use.");
        }

        var profileId = profiles.Find(userId, anonymousId);
        if (profileId < 0)
        {
            return ProfileLookup.UnknownShopper.ToResult();
        }

        var (facts, offsets) = (new ProfileFacts(), new List<long>());
        history.TryRead(profileId, facts);
        var standing = funnel.StandingAt(facts, clock.NowMs, offsets);
        return TypedResults.Ok(new FunnelStandingAnswer(
            profileId,
            standing.Stage,
            standing.Stage == 0 ? null : funnel.Definition.Steps[standing.Stage - 1].Name,
            standing.UntilMs == long.MaxValue ? null : DateTimeOffset.FromUnixTimeMilliseconds(standing.UntilMs),
            offsets));
    }
}
