using Personalization.Decisioning.Domain.Candidates;
using Personalization.Decisioning.Domain.Steps;
using Personalization.Features.Contracts;

namespace Personalization.Decisioning.Domain.Rules;

/// <summary>Finds out which rules apply, and lets exclusions and filters keep items out before anything is proposed.</summary>
internal sealed class ChooseRulesStep(RuleBook book, IConditions conditions) : IDecisionStep
{
    /// <summary>How many times as many candidates there are as places when rules choose among them.</summary>
    private const int PoolFactor = 4;
    private const int LeastPool = 100;

    public DecisionPhase Phase => DecisionPhase.Prepare;

    public string Name => "choose_rules";

    public object CreateScratch() => conditions.CreateLook();

    public int PoolFor(Placement placement, int limit) => book.Current.For(placement.Name).Arranges ? Math.Max(LeastPool, limit * PoolFactor) : limit;

    public void Apply(DecisionContext context, object? scratch)
    {
        var set = context.Request.Trial?.Rules ?? book.Current;
        var plan = set.For(context.Placement.Name);
        if (plan.Rules.IsEmpty)
        {
            return;
        }

        var (run, look) = (context.Rules, (IShopperLook)scratch!);
        run.Begin(set, plan);
        look.At(context.ProfileId, context.NowMs, context.Request.Context?.Json ?? default);
        foreach (ref var effect in run.Effects)
        {
            effect.Outcome = Ask(effect.Planned.Rule, look, context.NowMs);
        }

        run.Close();
    }

    private static RuleOutcome Ask(Rule rule, IShopperLook look, long nowMs)
    {
        if (!rule.IsTime(nowMs))
        {
            return RuleOutcome.NotNow;
        }

        try
        {
            return rule.When?.Holds(look) == false ? RuleOutcome.NotMeant : RuleOutcome.Applied;
        }
        catch (Exception) // A broken rule must not take the others with it; the answer's rules say which it was.
        {
            return RuleOutcome.Failed;
        }
    }
}
