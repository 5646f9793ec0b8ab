using Microsoft.Extensions.Options;
using Personalization.Decisioning.Domain.Candidates;
using Personalization.Decisioning.Domain.Steps;

namespace Personalization.Decisioning.Domain.Restraint.Products;

/// <summary>
/// Leaves what the shopper may be shown once more, promises it to the answer and tells the log. The last that seals: what it leaves is the answer. Nobody takes the
/// decision over from here on.
/// </summary>
internal sealed class PromiseProductsStep(ProductLedger ledger, IShownProducts shown, IOptions<RestraintOptions> options) : IDecisionStep
{
    private readonly long _gapMs = options.Value.SessionGapMinutes * 60_000L;

    public DecisionPhase Phase => DecisionPhase.Seal;

    public string Name => "promise_products";

    public object CreateScratch() => new ProductScratch();

    /// <summary>As many again, for those that another answer has just been given.</summary>
    public int PoolFor(Placement placement, int limit) =>
        ledger.Asks(placement.ScopeKey) ? Math.Min(limit * 2, Slate.MaxPool) : limit;

    public void Apply(DecisionContext context, object? scratch)
    {
        var placement = context.Placement.ScopeKey;
        var counts = ledger.Counts(placement);
        if (context.ProfileId < 0 || context.Slate.Count == 0 || !(counts || ledger.Asks(placement)) || !context.Handover.TryHold())
        {
            return;
        }

        var isPromised = counts && context.Request.Trial is null;
        var chosen = ledger.Promise(
            ExcludeSeenStep.QuestionOf(context, _gapMs), (ProductScratch)scratch!, context.Slate.Entries, context.Slate.Limit, isPromised);
        context.Slate.Cut(chosen);
        if (isPromised && chosen > 0)
        {
            shown.Tell(context);
        }
    }
}

/// <summary>Writes down which products answers show.</summary>
internal interface IShownProducts
{
    /// <summary>
    /// Takes what it needs of an answer whose slate is final. Never waits. What does not fit is counted as lost: it counts as long as the process runs, for an empty page
    /// would be worse than a product too often after a restart.
    /// </summary>
    void Tell(DecisionContext context);
}
