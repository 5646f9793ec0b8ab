using Microsoft.AspNetCore.Http;
using Personalization.Features.Contracts;
using Personalization.Features.Domain.Feed;
using Personalization.Features.Domain.Segments;

namespace Personalization.Features.Endpoints.Segments;

/// <summary>
/// <c>GET /v1/segments/changes</c>: every change of a membership, exactly once along a chain of cursors: the <c>next</c> of an answer is the
/// <c>after</c> of the next request. Without <c>after</c> from the oldest that is kept; <c>after=now</c> begins with what comes. Server key required.
/// </summary>
internal sealed class SegmentChangesEndpoint(FactFeed feed, SegmentRoster roster, TimeProvider time)
{
    /// <summary>A cursor behind everything that there is.</summary>
    public const string Now = "now";

    private const int DefaultLimit = 500;
    private const int MaxLimit = 5_000;
    private const int MaxWaitSeconds = 60;

    /// <summary>Looks at no more for one answer: a reader of one small segment comes forward in steps, too.</summary>
    private const int MaxLooks = 50_000;

    /// <summary>200, also with none; 400; 404 for an unknown segment; 410 when what follows the cursor has aged out.</summary>
    public async Task<IResult> HandleAsync(
        string? after, string? segment, string? limit, string? wait, CancellationToken cancellationToken)
    {
        if (!TryCursor(after, out var cursor)
            || !Query.TryNumber(limit, DefaultLimit, 1, MaxLimit, out var most)
            || !Query.TryNumber(wait, 0, 0, MaxWaitSeconds, out var seconds))
        {
            return SegmentProblems.InvalidQuery.ToResult(
                $"'after' is the 'next' of an answer, or 'now'; 'limit' is 1 to {MaxLimit}; 'wait' is 0 to {MaxWaitSeconds} seconds.");
        }

        var number = string.IsNullOrEmpty(segment) ? -1 : roster.Set.Find(segment);
        if (!string.IsNullOrEmpty(segment) && number < 0)
        {
            return SegmentProblems.UnknownSegment.ToResult($"There is no segment '{segment}'.");
        }

        if (feed.IsExpired(cursor))
        {
            return SegmentProblems.CursorExpired.ToResult("Begin without 'after' to read what is left, and take the members of the segments for what was missed.");
        }

        var (facts, next) = Read(cursor, most, number);
        if (facts.Count == 0 && seconds > 0)
        {
            (facts, next) = await WaitAsync(next, most, number, TimeSpan.FromSeconds(seconds), cancellationToken);
        }

        return TypedResults.Ok(new { changes = facts.Select(View), next = next.ToString() });
    }

    /// <summary>What follows a cursor, of one segment or of all (-1).</summary>
    public (IReadOnlyList<MembershipFact> Facts, FeedCursor Next) Read(FeedCursor after, int limit, int segment)
    {
        var (facts, next) = feed.Read(after, limit, MaxLooks, fact => segment < 0 || MembershipFact.Read(fact).Segment == segment);
        return ([.. facts.Select(fact => MembershipFact.Read(fact))], next);
    }

    public bool TryCursor(string? text, out FeedCursor cursor)
    {
        cursor = text == Now ? feed.End : FeedCursor.Start;
        return string.IsNullOrEmpty(text) || text == Now || FeedCursor.TryParse(text, out cursor);
    }

    public ChangeView View(MembershipFact fact)
    {
        var change = fact.ToChange(roster.IdOf(fact.Segment));
        return new ChangeView(
            change.Id,
            change.SegmentId,
            change.Version,
            change.ProfileId,
            change.IsMember,
            DateTimeOffset.FromUnixTimeMilliseconds(change.AtMs),
            change.Cause,
            fact.Offset >= 0 ? fact.Offset : null);
    }

    private async Task<(IReadOnlyList<MembershipFact> Facts, FeedCursor Next)> WaitAsync(
        FeedCursor cursor, int limit, int segment, TimeSpan patience, CancellationToken cancellationToken)
    {
        using var ends = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        var enough = Task.Delay(patience, time, ends.Token);
        var (facts, next) = (Array.Empty<MembershipFact>() as IReadOnlyList<MembershipFact>, cursor);
        while (facts.Count == 0 && await Task.WhenAny(feed.WaitAsync(next), enough) != enough)
        {
            (facts, next) = Read(next, limit, segment);
        }

        await ends.CancelAsync();
        return (facts, next);
    }
}

/// <summary>One change as answers show it.</summary>
/// <param name="Id">Names the change; the same if it should ever be told again.</param>
/// <param name="Segment">Which segment.</param>
/// <param name="Version">Of which version.</param>
/// <param name="ProfileId">Whose.</param>
/// <param name="IsMember">In, or out.</param>
/// <param name="At">When it became so; of a window that ran out exactly its end.</param>
/// <param name="Cause">Why.</param>
/// <param name="Offset">Place in the log of the event or change that caused it; null when time did.</param>
internal sealed record ChangeView(
    string Id, string Segment, int Version, int ProfileId, bool IsMember, DateTimeOffset At,
    [property: System.Text.Json.Serialization.JsonConverter(typeof(MembershipCauseConverter))] MembershipCause Cause, long? Offset);

/// <summary>Causes in words: event, time, definition, import, consent, identity.</summary>
internal sealed class MembershipCauseConverter() : System.Text.Json.Serialization.JsonStringEnumConverter<MembershipCause>(System.Text.Json.JsonNamingPolicy.CamelCase);
