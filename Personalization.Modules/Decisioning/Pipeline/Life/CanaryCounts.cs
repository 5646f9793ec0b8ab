using Personalization.Decisioning.Domain.Journal;
using Personalization.Decisioning.Domain.Life;
using Personalization.Decisioning.Storage.Journal;

namespace Personalization.Decisioning.Pipeline.Life;

/// <summary>Counts canaries' answers in the decision log: those that were seen, and those in which something was clicked.</summary>
internal sealed class CanaryCounts(DecisionStore store) : ICanaryCounts
{
    /// <summary>Decisions read at a time: some ten seconds of one core. Of more than that the newest count.</summary>
    private const int MostDecisions = 200_000;

    public (CanaryTally Live, CanaryTally Tried) Count(Func<DecisionRecord, long?> versionOf, long live, CanaryRun run, long untilMs, CancellationToken cancellationToken)
    {
        var (ofLive, ofTried) = (default(CanaryTally), default(CanaryTally));
        foreach (var (decision, outcomes) in store.Newest(run.CountedUntilMs, untilMs).Take(MostDecisions))
        {
            cancellationToken.ThrowIfCancellationRequested();
            if (!outcomes.Any(outcome => outcome.Kind == OutcomeKind.Seen) || versionOf(decision) is not { } version)
            {
                continue;
            }

            // What an experiment's arm names counts only where chance would have said the same, so that both sides are drawn alike.
            var one = new CanaryTally(1, outcomes.Any(outcome => outcome.Kind != OutcomeKind.Seen) ? 1 : 0);
            switch (run.Rule.Holds(decision.Id, run.Version))
            {
                case true when version == run.Version:
                    ofTried = ofTried.Plus(one);
                    break;
                case false when version == live:
                    ofLive = ofLive.Plus(one);
                    break;
            }
        }

        return (ofLive, ofTried);
    }
}
