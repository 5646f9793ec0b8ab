using System.Collections.Immutable;
using Microsoft.Extensions.Options;
using Personalization.Decisioning.Domain.Candidates;
using Personalization.Decisioning.Domain.Documents;
using Personalization.Decisioning.Domain.Rankers;
using Personalization.Decisioning.Domain.Restraint;
using Personalization.Decisioning.Domain.Steps;
using Personalization.Features.Contracts;

namespace Personalization.Decisioning.Domain.Offers;

/// <summary>
/// Next best action: of the offers that are meant for the shopper, the placement, the channel and the time, those of the highest priority, then those
/// that may be clicked most, as drawn from what is known of each (Thompson sampling), so that one which was unlucky at first, or is new, gets its chance;
/// as far as budgets, caps and the shopper's patience go. What cannot be counted is not shown.
/// </summary>
internal sealed class ChooseOffersStep(
    DocumentBook<Offer> book, IConditions conditions, ShopperLedger ledger, IShownOffers shown, IOptions<RestraintOptions> options) : IDecisionStep
{
    private readonly long _gapMs = options.Value.SessionGapMinutes * 60_000L;

    /// <summary>Not with those that seal: when this fails, the products are as good as ever. A placement that is held has no offers.</summary>
    public DecisionPhase Phase => DecisionPhase.Arrange;

    public string Name => "choose_offers";

    public object CreateScratch() => conditions.CreateLook();

    public void Apply(DecisionContext context, object? scratch)
    {
        var (placement, live) = (context.Placement, book.Live);
        var slots = placement.Kind == Contracts.PlacementKind.NextBestAction ? context.Slate.Limit : placement.OfferSlots;
        if (slots == 0 || live.IsEmpty)
        {
            return;
        }

        var channel = context.Request.Context?.Channel;
        var eligible = Gather(context, live, (IShopperLook)scratch!, channel);
        var question = new OfferQuestion(
            context.ProfileId,
            context.NowMs,
            SessionSinceMs(context),
            Impression.DecisionKey(context.DecisionId),
            placement.ScopeKey,
            Impression.ScopeKey(channel),
            context.Request.Trial is not null);
        if (!context.Handover.TryHold())
        {
            return; // The answer is somebody else's: nothing may be promised to this one.
        }

        Promise(context, in question, context.Offers.Candidates[..eligible], slots);
        context.Offers.IsSettled = true;
        context.Handover.Release();
    }

    private void Promise(DecisionContext context, in OfferQuestion question, Span<OfferCandidate> candidates, int slots)
    {
        if (ledger.Promise(in question, candidates, slots) > 0 && !question.IsTrial && !TryTell(context, candidates, context.Request.Context?.Channel))
        {
            ledger.TakeBack(in question, candidates);
        }
    }

    /// <returns>How many may be chosen; they come first.</returns>
    private int Gather(DecisionContext context, ImmutableArray<Offer> live, IShopperLook look, string? channel)
    {
        var run = context.Offers;
        var seed = Chance.SeedOf(context.DecisionId);
        look.At(context.ProfileId, context.NowMs, context.Request.Context?.Json ?? default);
        foreach (var offer in live)
        {
            var share = ledger.Totals.ShareOf(offer.Key);
            var outcome = Ask(offer, look, context, channel);
            run.Add(offer, outcome, share.Expected, outcome == OfferOutcome.Shown ? share.Draw(seed ^ offer.Key, context.Placement.Exploration) : 0);
        }

        var candidates = run.Candidates;
        candidates.Sort(default(BestFirst));
        var eligible = 0;
        while (eligible < candidates.Length && candidates[eligible].Outcome == OfferOutcome.Shown)
        {
            eligible++;
        }

        return eligible;
    }

    private static OfferOutcome Ask(Offer offer, IShopperLook look, DecisionContext context, string? channel)
    {
        if (!offer.IsTime(context.NowMs) || !offer.IsOf(context.Placement.Name, channel))
        {
            return OfferOutcome.NotNow;
        }

        try
        {
            return offer.When?.Holds(look) == false ? OfferOutcome.NotMeant : OfferOutcome.Shown;
        }
        catch (Exception) // A broken offer must not take the others with it; what became of it says so.
        {
            return OfferOutcome.Failed;
        }
    }

    /// <summary>The page's own event is not here yet when its answer is asked for, so what was shown shortly before a session's first event belongs to it.</summary>
    private long SessionSinceMs(DecisionContext context)
    {
        var view = context.View;
        return view.SessionNumber != 0 && context.NowMs - view.LastEventMs < _gapMs ? view.SessionStartMs - _gapMs : context.NowMs - _gapMs;
    }

    /// <summary>Somebody of whom nothing may be kept is not named. Where nothing is counted either, there is nothing to tell.</summary>
    private bool TryTell(DecisionContext context, ReadOnlySpan<OfferCandidate> candidates, string? channel)
    {
        var ids = new List<string>();
        foreach (ref readonly var candidate in candidates)
        {
            if (candidate.Outcome == OfferOutcome.Shown)
            {
                ids.Add(candidate.Offer.Id);
            }
        }

        var request = context.Request;
        var isKnown = context.ProfileId >= 0;
        return shown.TryTell(new ShownOffers(
            context.DecisionId, isKnown ? request.UserId : null, isKnown ? request.AnonymousId : null, context.Placement.Name, channel, ids, context.NowMs));
    }

    /// <summary>What may be chosen first; by priority, then by how likely a click may be, then by id so that the order is always one.</summary>
    private readonly struct BestFirst : IComparer<OfferCandidate>
    {
        public int Compare(OfferCandidate x, OfferCandidate y)
        {
            var (isX, isY) = (x.Outcome == OfferOutcome.Shown, y.Outcome == OfferOutcome.Shown);
            return isX != isY ? (isX ? -1 : 1)
                : x.Offer.Priority != y.Offer.Priority ? y.Offer.Priority.CompareTo(x.Offer.Priority)
                : x.Drawn.CompareTo(y.Drawn) is var drawn and not 0 ? -drawn
                : string.CompareOrdinal(x.Offer.Id, y.Offer.Id);
        }
    }
}

/// <summary>Writes down what answers show.</summary>
internal interface IShownOffers
{
    /// <summary>Never waits; false when too much waits already.</summary>
    bool TryTell(ShownOffers shown);
}

/// <summary>Offers of one answer.</summary>
/// <param name="DecisionId">Of the answer.</param>
/// <param name="UserId">Null when unknown, or not to be named.</param>
/// <param name="AnonymousId">Null when unknown, or not to be named.</param>
/// <param name="Placement">Where.</param>
/// <param name="Channel">Through what; null when the request does not say.</param>
/// <param name="OfferIds">In order.</param>
/// <param name="AtMs">When, Unix ms.</param>
internal sealed record ShownOffers(
    Guid DecisionId, string? UserId, string? AnonymousId, string Placement, string? Channel, IReadOnlyList<string> OfferIds, long AtMs);
