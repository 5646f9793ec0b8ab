using Microsoft.AspNetCore.Http;
using Personalization.Features.Contracts;
using Personalization.Features.Domain.Feed;
using Personalization.Features.Domain.Triggers;
using Personalization.Kernel.Http;

namespace Personalization.Features.Endpoints.Triggers;

/// <summary>One firing.</summary>
/// <param name="Id">The same whenever it is told; whoever acts on it may remember it.</param>
/// <param name="Trigger">Which trigger.</param>
/// <param name="Version">Of which version.</param>
/// <param name="Kind">What it waits for.</param>
/// <param name="ProfileId">For whom.</param>
/// <param name="At">When it was due.</param>
/// <param name="Anchor">Offset of what it hangs on.</param>
/// <param name="ItemId">Which item it is about; null for none.</param>
internal sealed record FiredAnswer(string Id, string Trigger, int Version, string Kind, int ProfileId, DateTimeOffset At, long Anchor, string? ItemId);

/// <summary>A page of the feed.</summary>
/// <param name="Fired">Earliest first within what was there.</param>
/// <param name="Next">The <c>after</c> of the next page; also of an empty one.</param>
internal sealed record FiredPage(IReadOnlyList<FiredAnswer> Fired, string Next);

/// <summary>
/// <c>GET /v1/triggers/fired?after=&amp;trigger=&amp;limit=&amp;wait=</c>: what fired after a cursor. Along a chain of cursors everything comes exactly once, over
/// restarts and crashes too.
/// </summary>
internal sealed class FiredTriggersEndpoint(TriggerFeed feed, ICatalog catalog, TimeProvider time)
{
    public static readonly Problem InvalidQuery = new("features/invalid-fired-query", "The query has faults", StatusCodes.Status400BadRequest);
    public static readonly Problem Expired = new("features/fired-cursor-expired", "What came after the cursor is not kept any more", StatusCodes.Status410Gone);

    private const int MaxPage = 1_000;
    private const int MaxWaitSeconds = 30;
    private const int MaxLooks = 50_000;

    /// <summary>200, empty when nothing came within <c>wait</c> seconds; 400; 410 when the cursor is too old: start without one.</summary>
    public async Task<IResult> HandleAsync(HttpContext context, string? after, string? trigger, int? limit, int? wait)
    {
        var cursor = FeedCursor.Start;
        var faults = new List<string>();
        if (after is { Length: > 0 } && !FeedCursor.TryParse(after, out cursor))
        {
            faults.Add("'after' is no cursor of this feed.");
        }

        if (limit is < 1 or > MaxPage)
        {
            faults.Add($"'limit' is 1 to {MaxPage}.");
        }

        if (wait is < 0 or > MaxWaitSeconds)
        {
            faults.Add($"'wait' is 0 to {MaxWaitSeconds} seconds.");
        }

        if (faults.Count > 0)
        {
            return InvalidQuery.ToResult(string.Join(' ', faults));
        }

        if (feed.Facts.IsExpired(cursor))
        {
            return Expired.ToResult("Begin without 'after'; what fired meanwhile and is not kept is lost to this reader.");
        }

        return TypedResults.Ok(await ReadAsync(cursor, trigger, limit ?? 100, TimeSpan.FromSeconds(wait ?? 0), context.RequestAborted));
    }

    private async Task<FiredPage> ReadAsync(FeedCursor cursor, string? trigger, int limit, TimeSpan wait, CancellationToken cancellationToken)
    {
        var started = time.GetTimestamp();
        while (true)
        {
            var (facts, next) = feed.Facts.Read(cursor, limit, MaxLooks, fact => trigger is null || TriggerFeed.TriggerOf(fact) == trigger);
            var left = wait - time.GetElapsedTime(started);
            if (facts.Count > 0 || left <= TimeSpan.Zero)
            {
                return new FiredPage([.. facts.Select(fact => AnswerOf(TriggerFeed.Read(fact)))], next.ToString());
            }

            cursor = next;
            await Task.WhenAny(feed.Facts.WaitAsync(cursor), Task.Delay(left, time, cancellationToken));
            cancellationToken.ThrowIfCancellationRequested();
        }
    }

    private FiredAnswer AnswerOf(TriggerFired fired) => new(
        fired.Id, fired.TriggerId, fired.Version, TriggerWords.Of(fired.Kind), fired.ProfileId, DateTimeOffset.FromUnixTimeMilliseconds(fired.AtMs),
        fired.Anchor, fired.Item < 0 ? null : catalog.IdOf(fired.Item));
}
