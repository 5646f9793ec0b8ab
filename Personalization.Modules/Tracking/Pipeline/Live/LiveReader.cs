using System.Runtime.CompilerServices;
using Personalization.Tracking.Contracts;
using Personalization.Tracking.Domain;
using Personalization.Tracking.Domain.Live;

namespace Personalization.Tracking.Pipeline.Live;

/// <summary>The last events as they are now, read back from the log. Thread-safe.</summary>
internal sealed class LiveReader(LiveRings rings, IEventReader events, ISourceRegister sources)
{
    /// <summary>What was seen last, newest first: events of the log and refusals together.</summary>
    public IReadOnlyList<LiveSight> Newest(LiveFilter filter, int limit)
    {
        var found = new List<LiveSight>();
        foreach (var sourceId in rings.Sources)
        {
            var source = NameOf(sources, sourceId);
            if (filter.Source is null || filter.Source == source)
            {
                found.AddRange(EventsOf(source, rings.Of(sourceId), filter, limit));
                found.AddRange(RefusalsOf(source, rings.RefusalsOf(sourceId), filter, limit));
            }
        }

        return [.. found.OrderByDescending(sight => sight.ReceivedAtMs).ThenByDescending(sight => sight.Event?.Offset ?? long.MaxValue).Take(limit)];
    }

    /// <summary>The events of these sights, by offset; erased ones are missing.</summary>
    public async Task<IReadOnlyDictionary<long, StoredEvent>> ReadAsync(IEnumerable<LiveSight> sights, CancellationToken cancellationToken)
    {
        var offsets = sights.Where(sight => sight.Event is not null).Select(sight => sight.Event!.Value.Offset).Order().ToList();
        var stored = new Dictionary<long, StoredEvent>(offsets.Count);
        await foreach (var read in events.ReadAsync(offsets, cancellationToken))
        {
            stored[read.Offset] = read;
        }

        return stored;
    }

    public static string NameOf(ISourceRegister sources, ushort sourceId) => sourceId == LiveRings.Unknown ? "(unknown)" : sources.NameOf(sourceId);

    /// <summary>Each event with what the log still has of it; offsets ascend.</summary>
    public static async IAsyncEnumerable<(LiveEvent Live, StoredEvent? Stored)> ReadBackAsync(
        IEventReader events, IReadOnlyList<LiveEvent> seen, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var at = 0;
        await foreach (var stored in events.ReadAsync([.. seen.Select(live => live.Offset)], cancellationToken))
        {
            for (; seen[at].Offset < stored.Offset; at++)
            {
                yield return (seen[at], null);
            }

            yield return (seen[at++], stored);
        }

        for (; at < seen.Count; at++)
        {
            yield return (seen[at], null);
        }
    }

    private static IEnumerable<LiveSight> EventsOf(string source, LiveRing ring, LiveFilter filter, int limit)
    {
        var added = ring.Added;
        for (var number = added - 1; number >= Math.Max(0, added - ring.Capacity) && limit > 0; number--)
        {
            if (ring.TryRead(number, out var live) && (filter.Verdict is null || filter.Verdict == live.Verdict))
            {
                limit--;
                yield return new LiveSight(source, live.ReceivedAtMs, live, null);
            }
        }
    }

    private static IEnumerable<LiveSight> RefusalsOf(string source, LiveRefusals refusals, LiveFilter filter, int limit) =>
        filter.Verdict is null or EventVerdict.Invalid
            ? refusals.From(0, out _).TakeLast(limit).Select(refusal => new LiveSight(source, refusal.ReceivedAtMs, null, refusal))
            : [];
}

/// <summary>An event of the log, or a refusal.</summary>
internal sealed record LiveSight(string Source, long ReceivedAtMs, LiveEvent? Event, LiveRefusal? Refusal);
