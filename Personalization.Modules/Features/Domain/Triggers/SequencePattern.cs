using Personalization.Features.Domain.Conditions;
using Personalization.Features.Domain.Funnels;
using Personalization.Features.Domain.History;

namespace Personalization.Features.Domain.Triggers;

/// <summary>
/// Steps that follow each other and, perhaps, something that then does not come. Each event that can be the last step is an anchor of its own.
/// </summary>
/// <param name="chain">The steps that come.</param>
/// <param name="absent">What does not come after the last one; null when nothing is waited for.</param>
/// <param name="waitMs">For how long, that end included.</param>
internal sealed class SequencePattern(StepChain chain, IEventMatcher? absent, long waitMs) : TriggerPattern
{
    public override IEnumerable<int> Events { get; } =
        [.. chain.Steps.SelectMany(step => step.Matcher.Events.Concat(step.Absent?.Events ?? Enumerable.Empty<int>())).Concat(absent?.Events ?? Enumerable.Empty<int>()).Distinct()];

    public override long ReachMs => chain.WithinMs == long.MaxValue ? long.MaxValue : chain.WithinMs + waitMs;

    public override long Find(ProfileFacts facts, long fromMs, long toMs, List<Candidate> into)
    {
        var run = ChainRun.OfThread;
        run.Run(chain, facts, ReachMs == long.MaxValue ? long.MinValue : fromMs - ReachMs, toMs);
        var next = long.MaxValue;
        var last = -1;
        foreach (ref readonly var node in run.At(chain.Steps.Length - 1))
        {
            ref readonly var anchor = ref facts.Events[node.Event];
            var due = node.TimeMs + waitMs;
            if (due <= fromMs || anchor.IsHistorical || node.Event == last || Comes(facts, node.Event, due))
            {
                continue;
            }

            last = node.Event;
            if (due > toMs)
            {
                next = Math.Min(next, due);
            }
            else
            {
                into.Add(new Candidate(anchor.Offset, due, ItemOf(facts, in anchor)));
            }
        }

        return next;
    }

    /// <summary>Whether what should not come came, after the anchor and not after the end.</summary>
    private bool Comes(ProfileFacts facts, int anchor, long endMs)
    {
        if (absent is null)
        {
            return false;
        }

        var events = facts.Events;
        for (var i = anchor + 1; i < events.Length && events[i].TimeMs <= endMs; i++)
        {
            if (absent.Matches(facts, in events[i]))
            {
                return true;
            }
        }

        return false;
    }

    private static int ItemOf(ProfileFacts facts, ref readonly Fact anchor) => anchor.LineCount == 0 ? -1 : facts.LinesOf(in anchor)[0].Item;
}
