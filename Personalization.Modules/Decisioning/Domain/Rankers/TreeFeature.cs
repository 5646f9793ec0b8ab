using Personalization.Decisioning.Domain.Candidates;
using Personalization.Decisioning.Domain.Trees;

namespace Personalization.Decisioning.Domain.Rankers;

/// <summary>Asks an imported model about the candidates of a decision.</summary>
internal sealed class TreeFeature(ITreeModels models, TreeScorer scorer)
{
    /// <summary>Sets the feature of all candidates; 0 when no such model serves.</summary>
    /// <param name="id">The model's.</param>
    /// <param name="context">Of the decision; its candidates have features.</param>
    /// <param name="room">Working memory, reused.</param>
    public void Fill(string id, DecisionContext context, List<double> room)
    {
        if (models.Find(id) is not { } tree)
        {
            return;
        }

        if (tree is { Shadowed.IsDue: true, Live: { } live })
        {
            var features = context.Features;
            tree.Shadowed.Ask(live.Model, TreeQuestion.Of(context.Slate.Entries, row => features[row]));
        }

        if (tree.For(context.DecisionId) is { } served)
        {
            foreach (ref readonly var entry in context.Slate.Entries)
            {
                if (entry.Row > 0)
                {
                    var row = context.Features[entry.Row - 1];
                    row[FeatureTable.Tree] = FeatureTable.Step(scorer.Predict(served.Model, row, room));
                }
            }
        }
    }
}
