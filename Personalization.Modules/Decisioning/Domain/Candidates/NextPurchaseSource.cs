using Personalization.Decisioning.Contracts;
using Personalization.Decisioning.Domain.Models.Purchases;
using Personalization.Features.Contracts;

namespace Personalization.Decisioning.Domain.Candidates;

/// <summary>
/// What a shopper with orders buys next: again where the placement lets bought items in, new where it does not. Stands before what the
/// session says when there is no session now, and after it when there is one: what somebody looks at now says more than what they bought.
/// </summary>
/// <param name="models">The model, and what the shopper bought.</param>
/// <param name="isBeforeSession">Which of the two places this is.</param>
internal sealed class NextPurchaseSource(LearnedModels models, bool isBeforeSession) : ICandidateSource
{
    public const string Code = "next_purchases";
    private const long SessionMs = 30 * 60 * 1000;

    public void Propose(DecisionContext context)
    {
        if (context.ProfileId < 0 || models.Trained.NextPurchasesFor(context.DecisionId) is not { } model || IsInSession(context) == isBeforeSession)
        {
            return;
        }

        var history = models.Purchases.Of(context.ProfileId);
        if (history.IsEmpty)
        {
            return;
        }

        var first = context.Slate.Count;
        var room = context.Room.AsSpan(0, context.Slate.Missing);
        var count = model.Find(history, context.Placement.ExcludePurchased, context.Scratch.Purchases, context.Filter, room);
        context.Slate.Add(room[..count], ReasonCode.NextPurchase);
        models.Trained.Shadow(history, context.Placement.ExcludePurchased);
        if (!context.Placement.ExcludePurchased)
        {
            NameRepeats(context.Slate.Entries[first..], history);
        }
    }

    private static void NameRepeats(Span<SlateEntry> added, ReadOnlySpan<Purchase> history)
    {
        foreach (ref var entry in added)
        {
            foreach (var purchase in history)
            {
                if (purchase.Item == entry.Item && purchase.MayServe)
                {
                    entry.Reason = ReasonCode.BuyAgain;
                    break;
                }
            }
        }
    }

    private static bool IsInSession(DecisionContext context)
    {
        if (context.Request.Items is { Count: > 0 })
        {
            return true;
        }

        var view = context.View;
        var newestMs = Math.Max(NewestMs(view.Recent(RecentKind.Viewed)), NewestMs(view.Recent(RecentKind.Added)));
        return view.SessionNumber != 0 && newestMs >= view.SessionStartMs && context.NowMs - newestMs < SessionMs;
    }

    private static long NewestMs(ReadOnlySpan<RecentItem> recent) => recent.IsEmpty ? long.MinValue : recent[0].TimestampMs;

    public PartDescription Describe() => new(Code, "What shoppers who bought the same bought, what is bought now, and what the shopper buys again.", UsesProfile: true)
        {
            Weights = models.Trained.NextPurchases?.Lineage.Options ?? new Dictionary<string, double>(),
        };
}
