using Personalization.Features.Domain.Conditions;
using Personalization.Features.Domain.History;

namespace Personalization.Features.Domain.Triggers;

/// <summary>
/// The rate of events in the last window falls below a share of the rate before it. It can only fall so when an event leaves the window, so those
/// are the times that are looked at, and that event is the anchor.
/// </summary>
internal sealed class EngagementPattern(EngagementWait wait, IEventMatcher matcher) : TriggerPattern
{
    [ThreadStatic]
    private static List<int>? t_matching;

    public override IEnumerable<int> Events => matcher.Events;

    public override long ReachMs => wait.WindowMs + wait.BaselineMs;

    public override long Find(ProfileFacts facts, long fromMs, long toMs, List<Candidate> into)
    {
        var matching = t_matching ??= [];
        matching.Clear();
        var events = facts.Events;
        for (var i = 0; i < events.Length && events[i].TimeMs <= toMs; i++)
        {
            if (matcher.Matches(facts, in events[i]))
            {
                matching.Add(i);
            }
        }

        for (var i = 0; i < matching.Count; i++)
        {
            ref readonly var anchor = ref events[matching[i]];
            var due = anchor.TimeMs + wait.WindowMs;
            if (due <= fromMs || IsFollowedAtOnce(events, matching, i) || !Holds(events, matching, due) || Holds(events, matching, due - 1))
            {
                continue;
            }

            if (due > toMs)
            {
                return due;
            }

            if (!anchor.IsHistorical)
            {
                into.Add(new Candidate(anchor.Offset, due));
            }
        }

        return long.MaxValue;
    }

    /// <summary>Of several events at one time the last is the anchor.</summary>
    private static bool IsFollowedAtOnce(ReadOnlySpan<Fact> events, List<int> matching, int index) =>
        index + 1 < matching.Count && events[matching[index + 1]].TimeMs == events[matching[index]].TimeMs;

    private bool Holds(ReadOnlySpan<Fact> events, List<int> matching, long nowMs)
    {
        var untilWindow = CountUntil(events, matching, nowMs - wait.WindowMs);
        var recent = CountUntil(events, matching, nowMs) - untilWindow;
        var before = untilWindow - CountUntil(events, matching, nowMs - wait.WindowMs - wait.BaselineMs);
        return before >= wait.MinEvents && recent * (double)wait.BaselineMs < wait.Share * before * wait.WindowMs;
    }

    /// <summary>How many of them came at a time or before.</summary>
    private static int CountUntil(ReadOnlySpan<Fact> events, List<int> matching, long timeMs)
    {
        var (low, high) = (0, matching.Count);
        while (low < high)
        {
            var middle = (low + high) / 2;
            (low, high) = events[matching[middle]].TimeMs <= timeMs ? (middle + 1, high) : (low, middle);
        }

        return low;
    }
}
