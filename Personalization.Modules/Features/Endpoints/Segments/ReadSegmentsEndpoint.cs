using Microsoft.AspNetCore.Http;
using Personalization.Features.Domain.Conditions;
using Personalization.Features.Domain.Segments;
using Personalization.Identity.Contracts;
using Personalization.Tracking.Contracts;

namespace Personalization.Features.Endpoints.Segments;

/// <summary>What segments there are, who is in them, and why. Server key required.</summary>
internal sealed class ReadSegmentsEndpoint(
    SegmentEngine engine, IProfileDirectory profiles, ILogClock clock, Func<ProfileSnapshot> snapshots)
{
    private const int DefaultMembers = 1_000;
    private const int MaxMembers = 10_000;

    /// <summary>How a segment stands: its members, and what is prepared beside it. Null for one that the log does not know.</summary>
    public SegmentView? StatusOf(string id) => Find(id) is { } segment ? View(segment) : null;

    /// <summary>
    /// 200 with profile numbers in ascending order, and <c>next</c> when there are more; 400; 404 when the segment is not live. Somebody who enters or
    /// leaves between two pages may be missing or be shown; nobody who stays is.
    /// </summary>
    public IResult Members(string id, string? after = null, string? limit = null)
    {
        if (Find(id)?.Live is not { } live)
        {
            return Unknown(id);
        }

        if (!Query.TryNumber(after, -1, -1, int.MaxValue - 1, out var from) || !Query.TryNumber(limit, DefaultMembers, 1, MaxMembers, out var most))
        {
            return SegmentProblems.InvalidQuery.ToResult($"'after' is the last number of the page before; 'limit' is 1 to {MaxMembers}.");
        }

        var members = new List<int>();
        for (var profileId = live.Members.Next(from + 1); profileId >= 0 && members.Count < most; profileId = live.Members.Next(profileId + 1))
        {
            members.Add(profileId);
        }

        return TypedResults.Ok(new { version = live.Number, members, next = members.Count == most ? members[^1] : (int?)null });
    }

    /// <summary>200 with the segments that a profile is in; 404 for a number that no profile has.</summary>
    public IResult OfProfile(int profileId)
    {
        if (profileId < 0 || profileId >= profiles.Count)
        {
            return SegmentProblems.UnknownProfile.ToResult();
        }

        var living = profiles.Canonical(profileId);
        var segments = engine.Roster.Set.Segments
            .Where(segment => segment.Live?.Members.Contains(living) == true)
            .OrderBy(segment => segment.Id, StringComparer.Ordinal)
            .Select(segment => new { segment.Id, segment.Live!.Definition.Name, version = segment.Live.Number });
        return TypedResults.Ok(new { profileId = living, segments });
    }

    /// <summary>
    /// 200 with each part of the condition, what was found and by which events, and when it turns by itself; 400; 404. As of the log's clock:
    /// what memberships go by.
    /// </summary>
    public IResult Explain(string id, string? profileId = null, string? userId = null, string? anonymousId = null, string? version = null)
    {
        if (Find(id) is not { } segment)
        {
            return Unknown(id);
        }

        if (!Query.TryNumber(version, segment.Live?.Number ?? 0, 1, int.MaxValue, out var number) || !Query.TryNumber(profileId, -1, 0, int.MaxValue, out var profile))
        {
            return SegmentProblems.InvalidQuery.ToResult("'profileId' and 'version' are whole numbers.");
        }

        if (segment.Versions.FirstOrDefault(candidate => candidate.Number == number) is not { } explained)
        {
            return SegmentProblems.UnknownVersion.ToResult("Only the live version and those that are prepared can be explained.");
        }

        profile = profile >= 0 ? profile : profiles.Find(userId, anonymousId);
        if (profile < 0 || profile >= profiles.Count)
        {
            return ProfileLookup.UnknownShopper.ToResult();
        }

        var snapshot = snapshots();
        snapshot.Reset(profiles.Canonical(profile), clock.NowMs);
        var explanation = explained.Condition.Explain(snapshot);
        return TypedResults.Ok(new
        {
            segment = id,
            version = explained.Number,
            profileId = snapshot.ProfileId,
            isMember = explained.Members.Contains(snapshot.ProfileId),
            mayBeProfiled = engine.Roster.Known.Contains(snapshot.ProfileId),
            at = DateTimeOffset.FromUnixTimeMilliseconds(snapshot.NowMs),
            because = SegmentViews.Of(explanation),
        });
    }

    private Segment? Find(string id) => engine.Roster.Set is var set && set.Find(id) is var number and >= 0 ? set.Segments[number] : null;

    private SegmentView View(Segment segment) => SegmentViews.Of(
        segment, version => engine.Fills.FirstOrDefault(fill => ReferenceEquals(fill.Version, version))?.Next ?? 0);

    private static IResult Unknown(string id) => SegmentProblems.UnknownSegment.ToResult($"There is no segment '{id}'.");
}
