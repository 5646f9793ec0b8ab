using Microsoft.Extensions.Options;
using Personalization.Decisioning.Domain.Journal;
using Personalization.Decisioning.Domain.Rankers;
using Personalization.Decisioning.Storage.Journal;
using Personalization.Kernel.Pipelines;

namespace Personalization.Decisioning.Pipeline.Rankers;

/// <summary>What an evaluation asks.</summary>
internal sealed record EvaluationQuestion(string Placement, RankerPolicy Target, long FromMs, long ToMs, int MaxAnswers, int Draws, double MaxWeight);

/// <summary>What it found.</summary>
/// <param name="Estimate">Null when no answer could be used.</param>
/// <param name="Unusable">Answers of the placement that were seen but could not be used: another step changed the ranker's order, or what the ranker knew is not kept.</param>
/// <param name="Unseen">Answers that nobody is known to have seen.</param>
internal sealed record EvaluationReport(OffPolicyEstimate? Estimate, int Unusable, int Unseen);

/// <summary>Estimates another ranker from the decision log: answers that were seen, with what came of them. One at a time, on a thread that steps back.</summary>
internal sealed class RankerEvaluation(DecisionStore store, WaitingDecisions rankers, IOptions<RankerOptions> options) : IDisposable
{
    private readonly SemaphoreSlim _one = new(1, 1);

    /// <summary>Null when another one runs.</summary>
    public async Task<EvaluationReport?> TryRunAsync(EvaluationQuestion question, CancellationToken cancellationToken) =>
        (await TryRunAsync(() => Run(question, cancellationToken), cancellationToken)).Found;

    /// <summary>Runs something else that reads the decision log, when nothing of that kind runs.</summary>
    public async Task<(bool IsFree, T? Found)> TryRunAsync<T>(Func<T?> read, CancellationToken cancellationToken)
        where T : class
    {
        if (!await _one.WaitAsync(TimeSpan.Zero, cancellationToken))
        {
            return (false, null);
        }

        try
        {
            T? found = null;
            await BackgroundWork.RunAsync(() => found = read(), "ranker evaluation");
            return (true, found);
        }
        finally
        {
            _one.Release();
        }
    }

    public void Dispose() => _one.Dispose();

    /// <summary>Rows of an answer in their places, when the ranker alone put them there; else null.</summary>
    internal static int[]? RowsOf(DecisionRecord decision)
    {
        if (decision is not { IsCut: false, Ranking: { } ranking, States: [_, var ranked, ..] } || ranked.Step != "online_ranker")
        {
            return null;
        }

        var rows = new int[decision.Answer.Length];
        for (var place = 0; place < rows.Length; place++)
        {
            if (place >= ranked.Entries.Length || decision.Answer[place].Item != ranked.Entries[place].Item)
            {
                return null;
            }

            rows[place] = decision.Answer[place].Row is var row && row <= ranking.Features.Length ? row - 1 : -1;
        }

        return rows;
    }

    private EvaluationReport Run(EvaluationQuestion question, CancellationToken cancellationToken)
    {
        // Places are judged as they are known now, for all answers alike.
        var now = rankers.Of(question.Placement);
        var examination = (int place) => now is null ? 1 / Math.Sqrt(place + 1) : now.Examination[Math.Min(place, now.Examination.Length - 1)];
        var estimate = new OffPolicyEstimate(question.Target, examination, question.Draws, question.MaxWeight);
        var known = new Dictionary<long, RankerSnapshot?>();
        var (unusable, unseen) = (0, 0);
        foreach (var (decision, outcomes) in store.Newest(question.FromMs, question.ToMs))
        {
            cancellationToken.ThrowIfCancellationRequested();
            if (decision.Placement != question.Placement || decision.Ranking is not { } ranking)
            {
                continue;
            }

            if (!outcomes.Any(outcome => outcome.Kind == OutcomeKind.Seen))
            {
                unseen++;
                continue;
            }

            if (!known.TryGetValue(ranking.Version, out var ranker))
            {
                known[ranking.Version] = ranker = store.Ranker(decision.Placement, ranking.Version);
            }

            if (ranker is null || RowsOf(decision) is not { } rows)
            {
                unusable++;
                continue;
            }

            var logging = new RankerPolicy.Sampled(ranker, ranking.Exploration);
            estimate.Add(
                ranking.Features, rows, RewardsOf(decision, outcomes), logging, decision.Id, row => Math.Clamp(OnlineRankStep.Dot(ranking.Features[row], ranker.Mean), 0, 1));
            if (estimate.Answers >= question.MaxAnswers)
            {
                break;
            }
        }

        return new EvaluationReport(estimate.Answers == 0 ? null : estimate, unusable, unseen);
    }

    private double[] RewardsOf(DecisionRecord decision, IReadOnlyList<Outcome> outcomes)
    {
        var rewards = new double[decision.Answer.Length];
        foreach (var outcome in outcomes)
        {
            for (var place = 0; place < rewards.Length; place++)
            {
                if (decision.Answer[place].Item == outcome.Item)
                {
                    rewards[place] = Math.Max(rewards[place], options.Value.RewardOf(outcome.Kind));
                }
            }
        }

        return rewards;
    }
}
