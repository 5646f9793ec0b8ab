using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Personalization.Identity.Contracts;
using Personalization.Identity.Domain;
using Personalization.Kernel.Http;
using Personalization.Kernel.Json;
using Personalization.Kernel.Privacy;
using Personalization.Tracking.Contracts;

namespace Personalization.Identity.Endpoints;

/// <summary>A profile's history, and its end. Server key required.</summary>
internal static class ProfileEndpoints
{
    public static readonly Problem UnknownProfile = new("identity/unknown-profile", "There is no such profile", StatusCodes.Status404NotFound);

    public static readonly Problem SuppressionListFull =
        new("privacy/suppression-list-full", "Nobody can be erased: the suppression list is full", StatusCodes.Status507InsufficientStorage);

    public static IEndpointRouteBuilder Map(IEndpointRouteBuilder endpoints)
    {
        endpoints.MapGet("/v1/profiles/{profileId:int}/events", EventsAsync).RequireServerKey().WithName("GetProfileEvents");
        endpoints.MapDelete("/v1/profiles/{profileId:int}", EraseAsync).RequireServerKey().WithName("EraseProfile");
        return endpoints;
    }

    /// <summary>The newest events of the person, as received but for texts that are none, newest first; 404 when the profile is unknown.</summary>
    internal static async Task<IResult> EventsAsync(
        int profileId, IdentityMap map, IProfileTimeline timeline, IEventReader events, CancellationToken cancellationToken, int limit = 50)
    {
        if (profileId < 0 || profileId >= map.Count)
        {
            return UnknownProfile.ToResult($"Profile {profileId} was never created.");
        }

        var offsets = timeline.Offsets(map.GroupOf(map.Canonical(profileId))).TakeLast(Math.Clamp(limit, 1, 1_000)).ToList();
        var answer = new List<TimelineEvent>(offsets.Count);
        await foreach (var stored in events.ReadAsync(offsets, cancellationToken))
        {
            answer.Add(new TimelineEvent(
                stored.Offset,
                DateTimeOffset.FromUnixTimeMilliseconds(stored.ReceivedAtMs),
                DateTimeOffset.FromUnixTimeMilliseconds(stored.TimestampMs),
                StoredJson.Parse(stored.Json.Span)));
        }

        answer.Reverse();
        return TypedResults.Ok(answer);
    }

    /// <summary>Erases the person from every store and from the log, and says what was removed; 404, and 507 when the list of who is erased is full.</summary>
    internal static async Task<IResult> EraseAsync(
        int profileId, IdentityMap map, IPersonDirectory people, IErasure erasure, CancellationToken cancellationToken)
    {
        if (profileId < 0 || profileId >= map.Count)
        {
            return UnknownProfile.ToResult($"Profile {profileId} was never created.");
        }

        try
        {
            return TypedResults.Ok(await erasure.EraseAsync(() => people.SubjectOf(profileId), cancellationToken));
        }
        catch (SuppressionListFullException error)
        {
            return SuppressionListFull.ToResult(error.Message);
        }
    }

    /// <summary>One event of a timeline.</summary>
    internal sealed record TimelineEvent(long Offset, DateTimeOffset ReceivedAt, DateTimeOffset Timestamp, System.Text.Json.JsonElement Event);
}
