using Personalization.Features.Domain.History;

namespace Personalization.Features.Domain.Funnels;

/// <summary>What the events of a profile's current session say of it.</summary>
/// <param name="Number">Which; 0 when the profile is in none.</param>
/// <param name="StartMs">Its first event, Unix ms.</param>
/// <param name="LastMs">Its last one.</param>
/// <param name="Events">How many, of those that are kept.</param>
/// <param name="First">Place of its first event among the facts; -1 for none.</param>
/// <param name="IsNew">Whether no event that is kept lies before it.</param>
/// <param name="EndsAtMs">When it is over by inactivity if nothing comes, Unix ms.</param>
internal readonly record struct SessionFacts(long Number, long StartMs, long LastMs, int Events, int First, bool IsNew, long EndsAtMs)
{
    public long DurationMs => LastMs - StartMs;

    /// <summary>
    /// The session of the latest event that belongs to one, while it is not over by inactivity. A late event that came into it, or a merge, makes
    /// another answer of it, as with all facts.
    /// </summary>
    public static SessionFacts Of(ProfileFacts facts, long nowMs, long gapMs)
    {
        var events = facts.Events;
        var last = events.Length - 1;
        while (last >= 0 && (events[last].Session == 0 || events[last].TimeMs > nowMs))
        {
            last--;
        }

        if (last < 0 || nowMs - events[last].TimeMs >= gapMs)
        {
            return new SessionFacts(0, 0, 0, 0, -1, IsNew: false, long.MaxValue);
        }

        var number = events[last].Session;
        var (first, count) = (last, 0);
        for (var i = last; i >= 0; i--)
        {
            if (events[i].Session == number)
            {
                (first, count) = (i, count + 1);
            }
        }

        return new SessionFacts(
            number, events[first].TimeMs, events[last].TimeMs, count, first,
            IsNew: first == 0 && facts.IncompleteUntilMs == long.MinValue, events[last].TimeMs + gapMs);
    }

    /// <summary>
    /// What an event of the session says under a kept path, of the first one that says anything: with <c>context.page.path</c> the page that it
    /// landed on, with <c>context.campaign.source</c> what brought it, with <c>context.device.type</c> the device.
    /// </summary>
    public Scalar FirstOf(ProfileFacts facts, int key)
    {
        for (var i = Math.Max(0, First); Number != 0 && key >= 0 && i < facts.Events.Length; i++)
        {
            ref readonly var fact = ref facts.Events[i];
            if (fact.Session == Number && facts.ValueOf(in fact, key) is { Kind: not ScalarKind.None } found)
            {
                return found;
            }
        }

        return default;
    }
}
