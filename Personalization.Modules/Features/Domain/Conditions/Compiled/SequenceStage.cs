using Personalization.Features.Domain.History;

namespace Personalization.Features.Domain.Conditions.Compiled;

/// <summary>One step of a sequence that is an event, with what must be absent before it.</summary>
/// <param name="Pattern">Which event.</param>
/// <param name="Times">How often.</param>
/// <param name="WithinMs">Its last event comes less than this after the last one of the step before; <see cref="long.MaxValue"/> for any time.</param>
/// <param name="AbsentBefore">What there must be none of since the step before; null for nothing.</param>
internal sealed record SequenceStage(PatternMatcher Pattern, int Times, long WithinMs, PatternMatcher? AbsentBefore)
{
    private const long NoChain = long.MinValue;

    /// <summary>The first step: for each event that can end it, the time at which it began at the latest.</summary>
    public bool TryBegin(ProfileFacts facts, Bounds bounds, int first, EvaluationRoom room)
    {
        var events = facts.Events;
        var matches = 0;
        for (var i = first; i < events.Length; i++)
        {
            ref readonly var fact = ref events[i];
            room.Chains[i] = NoChain;
            if (bounds.Includes(in fact) && Pattern.Matches(facts, in fact))
            {
                room.Matches[matches++] = i;
                room.Chains[i] = matches >= Times ? events[room.Matches[matches - Times]].TimeMs : NoChain;
            }
        }

        return matches >= Times;
    }

    /// <summary>
    /// A further step: for each event that can end it, the best of the chains before it that may come before. Those stand in a queue, the best first:
    /// one that is followed by a better one is never needed again, one that is too old or behind an absence leaves at the front.
    /// </summary>
    public bool TryContinue(ProfileFacts facts, Bounds bounds, int first, EvaluationRoom room)
    {
        var events = facts.Events;
        var (front, back) = (0, 0);
        var (matches, absences, offered, nextMatch, nextAbsence) = (0, 0, first, 0, 0);
        var any = false;
        for (var i = first; i < events.Length; i++)
        {
            ref readonly var fact = ref events[i];
            room.Chains[i] = NoChain;
            if (bounds.Includes(in fact) && Pattern.Matches(facts, in fact))
            {
                room.Matches[matches++] = i;

                // A chain may come before when it ends before the first of this step's events.
                for (var until = matches >= Times ? room.Matches[matches - Times] : first; offered < until; offered++)
                {
                    if (room.ChainsBefore[offered] != NoChain && IsFree(offered, room, absences, ref nextMatch, ref nextAbsence))
                    {
                        while (back > front && room.ChainsBefore[room.Queue[back - 1]] <= room.ChainsBefore[offered])
                        {
                            back--;
                        }

                        room.Queue[back++] = offered;
                    }
                }

                while (back > front && IsGone(events, room.Queue[front], fact.TimeMs, room, absences))
                {
                    front++;
                }

                if (back > front)
                {
                    room.Chains[i] = room.ChainsBefore[room.Queue[front]];
                    any = true;
                }
            }

            if (AbsentBefore is not null && AbsentBefore.Matches(facts, in fact))
            {
                room.Absences[absences++] = i;
            }
        }

        return any;
    }

    /// <summary>
    /// With several events, the first of them is best the next one after the chain: whether an absence lies between is known of the chain alone.
    /// All that lies between is behind us by now.
    /// </summary>
    private bool IsFree(int chain, EvaluationRoom room, int absences, ref int nextMatch, ref int nextAbsence)
    {
        if (AbsentBefore is null || Times == 1)
        {
            return true;
        }

        while (room.Matches[nextMatch] <= chain)
        {
            nextMatch++;
        }

        while (nextAbsence < absences && room.Absences[nextAbsence] <= chain)
        {
            nextAbsence++;
        }

        return nextAbsence == absences || room.Absences[nextAbsence] >= room.Matches[nextMatch];
    }

    private bool IsGone(ReadOnlySpan<Fact> events, int chain, long timeMs, EvaluationRoom room, int absences) =>
        (WithinMs != long.MaxValue && timeMs - events[chain].TimeMs >= WithinMs) ||
        (Times == 1 && absences > 0 && room.Absences[absences - 1] > chain);
}
