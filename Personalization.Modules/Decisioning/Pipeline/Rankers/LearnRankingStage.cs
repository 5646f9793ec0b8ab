using System.Buffers.Text;
using Personalization.Decisioning.Domain.Journal;
using Personalization.Decisioning.Domain.Rankers;
using Personalization.Decisioning.Pipeline.Journal;
using Personalization.Kernel.Hashing;
using Personalization.Tracking.Contracts;

namespace Personalization.Decisioning.Pipeline.Rankers;

/// <summary>
/// Tells rankers what shoppers made of their answers: seen and clicked by the decision's id, put into the cart and ordered by that id or else by the last
/// answer that the shopper clicked the item in. Of those who may be learnt from only; past events teach nothing, for nobody ranked then.
/// </summary>
internal sealed class LearnRankingStage(WaitingDecisions waiting, KeyHasher hasher, DecisionOutcomes outcomes) : IEventStage
{
    private const int MaxLines = 100;

    public void Apply(TrackedEvent trackedEvent)
    {
        if (!trackedEvent.MayTrain || trackedEvent.ProfileId < 0 || trackedEvent.IsHistorical || trackedEvent.IsRebuilt || KindOf(trackedEvent) is not { } kind)
        {
            return;
        }

        var hasId = TryReadId(trackedEvent, out var decision);
        var key = hasId ? RankerTeacher.KeyOf(hasher, decision) : default;
        if (kind == OutcomeKind.Seen)
        {
            LearnSeen(trackedEvent, key, decision);
            return;
        }

        foreach (ref readonly var line in trackedEvent.Lines[..Math.Min(trackedEvent.LineCount, MaxLines)])
        {
            if (line.Item < 0)
            {
                continue;
            }

            waiting.Came(key, trackedEvent.ProfileId, line.Item, kind);
            if (hasId)
            {
                outcomes.Write(new Outcome(decision, line.Item, kind, trackedEvent.TimestampMs));
            }
        }
    }

    public void Merge(int fromProfileId, int intoProfileId) => waiting.Merge(fromProfileId, intoProfileId);

    public void Forget(int profileId) => waiting.Forget(profileId);

    private static OutcomeKind? KindOf(TrackedEvent trackedEvent) => trackedEvent.Kind switch
    {
        EventKind.RecommendationViewed when !trackedEvent.DecisionId.IsEmpty => OutcomeKind.Seen,
        EventKind.RecommendationClicked or EventKind.ProductClicked when !trackedEvent.DecisionId.IsEmpty => OutcomeKind.Clicked,
        EventKind.ProductAdded => OutcomeKind.Added,
        EventKind.OrderCompleted => OutcomeKind.Ordered,
        _ => null,
    };

    private static bool TryReadId(TrackedEvent trackedEvent, out Guid id)
    {
        var text = trackedEvent.Text(trackedEvent.DecisionId);
        return Utf8Parser.TryParse(text, out id, out var read) && read == text.Length;
    }

    private void LearnSeen(TrackedEvent trackedEvent, UInt128 key, Guid decision)
    {
        if (key == default)
        {
            return;
        }

        Span<int> items = stackalloc int[MaxLines];
        var count = 0;
        foreach (ref readonly var line in trackedEvent.Lines)
        {
            if (line.Item >= 0 && count < MaxLines)
            {
                items[count++] = line.Item;
                outcomes.Write(new Outcome(decision, line.Item, OutcomeKind.Seen, trackedEvent.TimestampMs));
            }
        }

        if (count > 0)
        {
            waiting.Seen(key, items[..count]);
        }
        else if (trackedEvent.LineCount == 0)
        {
            // All of it. Where products are named and none is known, nothing of the answer was seen.
            waiting.Seen(key, []);
            outcomes.Write(new Outcome(decision, -1, OutcomeKind.Seen, trackedEvent.TimestampMs));
        }
    }
}
