using Microsoft.Extensions.Options;
using Personalization.Decisioning.Domain.Journal;
using Personalization.Decisioning.Domain.Rankers;
using Personalization.Decisioning.Storage.Journal;

namespace Personalization.Decisioning.Pipeline.Rankers;

/// <summary>Compares what rankers expected with what came of it, over the newest answers of the decision log whose time to come to something is over.</summary>
internal sealed class RankerCalibration(DecisionStore store, WaitingDecisions rankers, IOptions<RankerOptions> options, TimeProvider time)
{
    /// <summary>Answers of a placement; some two seconds of one core.</summary>
    private const int MaxAnswers = 5_000;

    /// <summary>Decisions that are looked through for them.</summary>
    private const int MaxDecisions = 50_000;

    /// <summary>Null when no ranker works for the placement.</summary>
    public Calibration? Of(string placement, CancellationToken cancellationToken)
    {
        if (rankers.Of(placement) is not { } now)
        {
            return null;
        }

        var (calibration, known, answers) = (new Calibration(), new Dictionary<long, RankerSnapshot?>(), 0);
        var untilMs = time.GetUtcNow().ToUnixTimeMilliseconds() - (options.Value.WaitMinutes * 60_000L);
        foreach (var (decision, outcomes) in store.Newest(0, untilMs).Take(MaxDecisions))
        {
            cancellationToken.ThrowIfCancellationRequested();
            if (decision.Placement != placement || decision.Ranking is not { } ranking || !outcomes.Any(outcome => outcome.Kind == OutcomeKind.Seen))
            {
                continue;
            }

            if (!known.TryGetValue(ranking.Version, out var ranker))
            {
                known[ranking.Version] = ranker = store.Ranker(placement, ranking.Version);
            }

            if (ranker is not null)
            {
                Add(decision, ranking, ranker, now, outcomes, calibration);
                if (++answers == MaxAnswers)
                {
                    break;
                }
            }
        }

        return calibration;
    }

    private void Add(DecisionRecord decision, RecordedRanking ranking, RankerSnapshot ranker, RankerSnapshot now, IReadOnlyList<Outcome> outcomes, Calibration calibration)
    {
        var isAllSeen = outcomes.Any(outcome => outcome is { Kind: OutcomeKind.Seen, Item: -1 });
        for (var place = 0; place < decision.Answer.Length; place++)
        {
            var entry = decision.Answer[place];
            var own = outcomes.Where(outcome => outcome.Item == entry.Item).ToList();
            if (entry.Row == 0 || entry.Row > ranking.Features.Length || !(isAllSeen || own.Count > 0))
            {
                continue;
            }

            // Places are judged as they are known now, what was expected of the item as it was when it was decided.
            var look = now.Examination[Math.Min(place, now.Examination.Length - 1)];
            var expected = look * Math.Clamp(OnlineRankStep.Dot(ranking.Features[entry.Row - 1], ranker.Mean), 0, 1);
            calibration.Add(expected, own.Count == 0 ? 0 : own.Max(outcome => options.Value.RewardOf(outcome.Kind)));
        }
    }
}
