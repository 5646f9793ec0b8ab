using Microsoft.Extensions.Options;
using Personalization.Decisioning.Domain.Candidates;
using Personalization.Decisioning.Domain.Steps;

namespace Personalization.Decisioning.Domain.Restraint.Products;

/// <summary>Keeps out of an answer what the shopper has seen enough of, so that parts propose others. What is promised meanwhile is found when the answer is sealed.</summary>
internal sealed class ExcludeSeenStep(ProductLedger ledger, IOptions<RestraintOptions> options) : IDecisionStep
{
    private readonly long _gapMs = options.Value.SessionGapMinutes * 60_000L;

    public DecisionPhase Phase => DecisionPhase.Prepare;

    public string Name => "exclude_seen";

    public object CreateScratch() => new ProductScratch();

    public void Apply(DecisionContext context, object? scratch)
    {
        if (context.ProfileId < 0 || !ledger.Asks(context.Placement.ScopeKey))
        {
            return;
        }

        var room = (ProductScratch)scratch!;
        ledger.Exclude(QuestionOf(context, _gapMs), room, context.Filter);
        if (room.Enough.Count > 0)
        {
            context.Note("seen_enough", value: room.Enough.Count);
        }
    }

    /// <summary>The page's own event is not here yet when its answer is asked for, so what was shown shortly before a session's first event belongs to it.</summary>
    public static ProductQuestion QuestionOf(DecisionContext context, long gapMs)
    {
        var view = context.View;
        var sessionSinceMs = view.SessionNumber != 0 && context.NowMs - view.LastEventMs < gapMs ? view.SessionStartMs - gapMs : context.NowMs - gapMs;
        return new ProductQuestion(
            context.ProfileId, context.NowMs, sessionSinceMs, Impression.DecisionKey(context.DecisionId), context.Placement.ScopeKey);
    }
}
