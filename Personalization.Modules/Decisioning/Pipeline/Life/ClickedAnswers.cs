using Personalization.Consent.Contracts;
using Personalization.Decisioning.Domain.Journal;
using Personalization.Decisioning.Domain.Trees;
using Personalization.Decisioning.Storage.Journal;

namespace Personalization.Decisioning.Pipeline.Life;

/// <summary>Reads what was clicked of ranked answers out of the decision log.</summary>
internal sealed class ClickedAnswers(DecisionStore store, IConsent consent, TimeProvider time) : IClickedAnswers
{
    /// <summary>Decisions that are looked through: some seconds of one core.</summary>
    private const int MaxDecisions = 50_000;

    public IEnumerable<ClickedAnswer> Newest(IReadOnlySet<string> placements, int most, CancellationToken cancellationToken)
    {
        foreach (var (decision, outcomes) in store.Newest(0, time.GetUtcNow().ToUnixTimeMilliseconds() + 1).Take(MaxDecisions))
        {
            cancellationToken.ThrowIfCancellationRequested();
            if (most > 0 && placements.Contains(decision.Placement) && Read(decision, outcomes) is { } answer && MayLearn(decision))
            {
                most--;
                yield return answer;
            }
        }
    }

    /// <summary>A decision of nobody that is known was made from no profile, and what was clicked of it teaches rankers too.</summary>
    private bool MayLearn(DecisionRecord decision) => decision.ProfileId < 0 || consent.May(decision.ProfileId, Purposes.Train).IsAllowed;

    private static ClickedAnswer? Read(DecisionRecord decision, IReadOnlyList<Outcome> outcomes)
    {
        if (decision is not { Ranking.Features: var features, States: [var proposed, ..], IsCut: false } || outcomes.Where(outcome => outcome.Kind != OutcomeKind.Seen).ToList() is not [var clicked, ..])
        {
            return null;
        }

        ReadOnlySpan<byte> FeaturesOf(int row) => features[row];
        var shown = TreeQuestion.Of(decision.Answer, FeaturesOf);
        return shown.Items.Length > 1 && shown.Items.Contains(clicked.Item) ? new ClickedAnswer(TreeQuestion.Of(proposed.Entries, FeaturesOf), shown, clicked.Item) : null;
    }
}
