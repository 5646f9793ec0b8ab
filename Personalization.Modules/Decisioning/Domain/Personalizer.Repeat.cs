using Personalization.Decisioning.Contracts;
using Personalization.Decisioning.Domain.Candidates;
using Personalization.Decisioning.Domain.Journal;
using Personalization.Decisioning.Domain.Rankers;

namespace Personalization.Decisioning.Domain;

/// <summary>What one step of a repeated decision came to.</summary>
/// <param name="Step">Name; <c>proposed</c> for the candidates.</param>
/// <param name="IsRepeated">Whether it was done once more; else it was taken from the record.</param>
/// <param name="IsSame">Whether it came to the same; true of what was taken from the record.</param>
internal sealed record RepeatedStep(string Step, bool IsRepeated, bool IsSame);

/// <summary>A decision made once more.</summary>
/// <param name="Items">The answer that it came to.</param>
/// <param name="IsSame">Whether that is the answer that was given: the same items in the same places with the same scores.</param>
/// <param name="Steps">How.</param>
internal sealed record RepeatedDecision(IReadOnlyList<ScoredItem> Items, bool IsSame, IReadOnlyList<RepeatedStep> Steps);

/// <content>Makes a decision once more from what was written down of it.</content>
internal sealed partial class Personalizer
{
    /// <summary>
    /// Candidates come from the record, for the models that proposed them have learnt since. Steps that follow from what the record keeps are done once more
    /// and compared; what other steps did is taken from it. Changes nothing and is not written down.
    /// </summary>
    /// <param name="record">Whole.</param>
    /// <param name="ranker">What the ranker knew then; null when none ranked.</param>
    internal RepeatedDecision Repeat(DecisionRecord record, RankerSnapshot? ranker)
    {
        var context = new DecisionContext(_catalog, _steps);
        var placement = PlacementOf(record);
        var request = new RecommendationRequest { Placement = record.Placement, Limit = record.Limit };
        context.BeginAgain(request, placement, record.Id, record.AtMs, Slate.MaxPool);
        context.Trail.Begin(isKept: false);
        foreach (var item in record.Session)
        {
            context.AddToSession(item);
        }

        if (record.Ranking is { } ranking && ranker is not null)
        {
            for (var row = 0; row < ranking.Features.Length; row++)
            {
                ranking.Features[row].CopyTo(context.Features[row]);
            }

            (context.Ranker, context.Features.IsFilled) = (ranker, true);
        }

        var steps = record.States.Select(state => Repeat(state, context)).ToList();
        context.Slate.Cut(record.AnswerCount);
        var items = new List<ScoredItem>();
        foreach (ref readonly var entry in context.Slate.Entries)
        {
            items.Add(new ScoredItem(entry.Item, entry.Score, entry.BecauseOf));
        }

        var given = record.Answer.ToArray().Select(entry => new ScoredItem(entry.Item, entry.Score, entry.BecauseOf));
        return new RepeatedDecision(items, items.SequenceEqual(given), steps);
    }

    private RepeatedStep Repeat(RecordedState state, DecisionContext context)
    {
        var place = Array.FindIndex(_steps, step => step.Name == state.Step);
        if (place < 0 || !_steps[place].IsRepeatable)
        {
            context.Slate.Restore(state.Entries);
            return new RepeatedStep(state.Step ?? "proposed", IsRepeated: false, IsSame: true);
        }

        _steps[place].Apply(context, context.ScratchOf(place));
        var isSame = System.Runtime.InteropServices.MemoryMarshal.AsBytes(context.Slate.Entries)
            .SequenceEqual(System.Runtime.InteropServices.MemoryMarshal.AsBytes(state.Entries.AsSpan()));
        return new RepeatedStep(state.Step!, IsRepeated: true, isSame);
    }

    /// <summary>The placement as it was: its options may have changed since.</summary>
    private static Placement PlacementOf(DecisionRecord record) => new(
        record.Placement, record.Kind, record.Limit, TimeSpan.FromMilliseconds(record.BudgetMs), ExcludePurchased: false, AllowCurrentItem: true, long.MaxValue, OfferSlots: 0)
    {
        Ranker = record.Ranking is null ? PlacementRanker.Plan : PlacementRanker.Online,
        Exploration = record.Ranking?.Exploration ?? 0,
        Diversity = record.Diversity,
        Novelty = record.Novelty,
    };
}
