using Personalization.Decisioning.Contracts;
using Personalization.Decisioning.Domain.Candidates;
using Personalization.Decisioning.Domain.Steps;
using Personalization.Features.Contracts;

namespace Personalization.Decisioning.Domain.Rules;

/// <summary>
/// Moves candidates as rules say: first all boosts and burials, then diversity, then what is required, and pins last, so that each kind has the last word over
/// those before it. What is kept out by exclusion, stock or the request is not brought back by any of them.
/// </summary>
internal sealed class ArrangeByRulesStep(LearnedModels models, ICatalog catalog) : IDecisionStep
{
    /// <summary>Popular items that are looked through for what is required and was not proposed.</summary>
    private const int MaxPopular = 2_000;

    public DecisionPhase Phase => DecisionPhase.Arrange;

    public string Name => "arrange_by_rules";

    public void Apply(DecisionContext context, object? scratch)
    {
        var run = context.Rules;
        if (run.Set is null)
        {
            return;
        }

        Weigh(run, context.Slate);
        foreach (ref var effect in run.Effects)
        {
            if (effect is { Outcome: RuleOutcome.Applied, Planned.Rule.Action: RuleAction.Diversify })
            {
                effect.Items = SlateMoves.Diversify(context.Slate.Entries, run, in effect.Planned);
            }
        }

        foreach (ref var effect in run.Effects)
        {
            if (effect is { Outcome: RuleOutcome.Applied, Planned.Rule.Action: RuleAction.Require })
            {
                effect.Items = Require(context, in effect.Planned);
            }
        }

        Pin(context);
        SlateMoves.LetScoresFall(context.Slate.Entries);
    }

    /// <summary>Item by item, so that what the rules say of each is looked up once.</summary>
    private static void Weigh(RuleRun run, Slate slate)
    {
        if (run.Weights.IsEmpty)
        {
            return;
        }

        var isWeighed = false;
        foreach (ref var entry in slate.Entries)
        {
            var marks = run.Set!.MarksOf(entry.Item);
            foreach (var weight in run.Weights)
            {
                ref var effect = ref run.Effects[weight];
                if (marks.IsMeant(effect.Planned.Mark))
                {
                    entry.Score *= effect.Planned.Rule.Factor;
                    effect.Items++;
                    isWeighed = true;
                }
            }
        }

        if (isWeighed)
        {
            SlateMoves.Sort(slate.Entries, run);
        }
    }

    private int Require(DecisionContext context, in PlannedRule planned)
    {
        var (run, slate, rule) = (context.Rules, context.Slate, planned.Rule);
        var moved = SlateMoves.Require(slate.Entries, run, in planned);
        var popular = models.Popularity.Snapshot.Popular;
        var last = Math.Min(rule.InFirst, slate.Count);
        var missing = rule.Count - SlateMoves.Count(slate.Entries[..last], run, in planned);
        for (var i = 0; i < popular.Length && i < MaxPopular && missing > 0; i++)
        {
            var item = popular[i].Item;
            if (run.Set!.MarksOf(item).IsMeant(planned.Mark) && context.Filter.Allows(item) && Put(context, item, ReasonCode.RequiredByRule))
            {
                missing--;
            }
        }

        return moved + SlateMoves.Require(slate.Entries, run, in planned);
    }

    private void Pin(DecisionContext context)
    {
        var (run, slate) = (context.Rules, context.Slate);
        Span<int> items = stackalloc int[Slate.MaxLimit];
        items.Fill(-1);
        var pins = 0;
        foreach (ref var effect in run.Effects)
        {
            if (effect is not { Outcome: RuleOutcome.Applied, Planned.Rule.Action: RuleAction.Pin })
            {
                continue;
            }

            var item = catalog.Find(effect.Planned.Rule.Item);
            var place = items[(effect.Planned.Rule.Place - 1)..].IndexOf(-1) + effect.Planned.Rule.Place - 1;
            if (item < 0 || items.Contains(item) || place < effect.Planned.Rule.Place - 1 || place >= slate.Limit || !IsThere(context, item))
            {
                continue;
            }

            items[place] = item;
            effect.Items = 1;
            pins++;
        }

        if (pins > 0)
        {
            SlateMoves.Pin(slate.Entries, run, items);
        }
    }

    /// <summary>In the slate, or let in: never against the filter.</summary>
    private static bool IsThere(DecisionContext context, int item) =>
        SlateMoves.PlaceOf(context.Slate.Entries, item) >= 0 || (context.Filter.Allows(item) && Put(context, item, ReasonCode.PinnedByRule));

    /// <summary>Puts an item last. In a full pool it takes the place of the last one that no rule has put there.</summary>
    private static bool Put(DecisionContext context, int item, ReasonCode reason)
    {
        var slate = context.Slate;
        if (!slate.IsFull)
        {
            slate.Add([new ScoredItem(item, 1, -1)], reason);
            return true;
        }

        for (var i = slate.Count - 1; i >= 0; i--)
        {
            ref var entry = ref slate[i];
            if (entry.Reason is not (ReasonCode.PinnedByRule or ReasonCode.RequiredByRule))
            {
                context.Filter.Readmit(entry.Item);
                context.Filter.Exclude(item);
                entry = new SlateEntry { Item = item, Score = entry.Score, BecauseOf = -1, Reason = reason };
                return true;
            }
        }

        return false;
    }
}
