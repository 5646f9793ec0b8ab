using Microsoft.Extensions.Options;
using Personalization.Decisioning.Domain.Candidates;
using Personalization.Decisioning.Domain.Steps;
using Personalization.Features.Contracts;

namespace Personalization.Decisioning.Domain.Restraint.Products;

/// <summary>
/// Leaves what the shopper may be shown once more, promises it to the answer and tells the log. The last that seals: what it leaves is the answer. Nobody takes the
/// decision over from here on.
/// </summary>
internal sealed class PromiseProductsStep(ProductLedger ledger, IShownProducts shown, ICatalog catalog, IOptions<RestraintOptions> options) : IDecisionStep
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
            Tell(context);
        }
    }

    /// <summary>What the log does not take counts as long as the process runs: an empty page would be worse than a product too often after a restart.</summary>
    private void Tell(DecisionContext context)
    {
        var items = new string[context.Slate.Count];
        for (var i = 0; i < items.Length; i++)
        {
            items[i] = catalog.IdOf(context.Slate[i].Item);
        }

        var request = context.Request;
        shown.Tell(new ShownProducts(context.DecisionId, request.UserId, request.AnonymousId, context.Placement.Name, items, context.NowMs));
    }
}

/// <summary>Writes down which products answers show.</summary>
internal interface IShownProducts
{
    /// <summary>Never waits. What does not fit is counted as lost.</summary>
    void Tell(ShownProducts shown);
}

/// <summary>Products of one answer.</summary>
/// <param name="DecisionId">Of the answer.</param>
/// <param name="UserId">Null when unknown.</param>
/// <param name="AnonymousId">Null when unknown.</param>
/// <param name="Placement">Where.</param>
/// <param name="Items">Their ids, in order.</param>
/// <param name="AtMs">When, Unix ms.</param>
internal sealed record ShownProducts(Guid DecisionId, string? UserId, string? AnonymousId, string Placement, IReadOnlyList<string> Items, long AtMs);
