using Personalization.Decisioning.Domain;
using Personalization.Decisioning.Domain.Models.Purchases;
using Personalization.Tracking.Contracts;

namespace Personalization.Decisioning.Pipeline;

/// <summary>
/// Teaches the models each event that may train them. What is clicked joins the shopper's session and goes together with what
/// was clicked just before; what is ordered together goes together as bought; all of it counts as popular.
/// </summary>
internal sealed class LearnStage(LearnedModels models) : IEventStage
{
    private const float ViewWeight = 1;
    private const float AddWeight = 3;
    private const float OrderWeight = 5;

    /// <summary>Clicks before this one that it goes together with: farther ones say little and cost as much.</summary>
    private const int Window = 3;

    /// <summary>Lines of one event that are learnt; a wholesale order must not cost the square of its length.</summary>
    private const int MaxLines = 32;

    /// <summary>Lines of an order that its shopper is known to have bought: beyond it somebody restocks a shop.</summary>
    private const int MaxPurchases = 512;

    public void Apply(TrackedEvent trackedEvent)
    {
        if (trackedEvent is { Kind: EventKind.OrderCompleted, ProfileId: >= 0 })
        {
            Remember(trackedEvent);
        }

        if (!trackedEvent.MayTrain || trackedEvent.ProfileId < 0)
        {
            return;
        }

        switch (trackedEvent.Kind)
        {
            case EventKind.ProductViewed:
            case EventKind.ProductClicked:
            case EventKind.RecommendationClicked:
                LearnClicks(trackedEvent, ViewWeight);
                break;
            case EventKind.ProductAdded:
            case EventKind.ProductAddedToWishlist:
            case EventKind.WishlistProductAddedToCart:
                LearnClicks(trackedEvent, AddWeight);
                break;
            case EventKind.OrderCompleted when !trackedEvent.IsRebuilt:
                LearnOrder(trackedEvent);
                break;
        }
    }

    public void Merge(int fromProfileId, int intoProfileId)
    {
        models.Sessions.Learning.Merge(fromProfileId, intoProfileId);
        models.Purchases.Merge(fromProfileId, intoProfileId);
    }

    public void Forget(int profileId)
    {
        models.Sessions.Erase(profileId);
        models.Purchases.Erase(profileId);
    }

    public void BeginRebuild(IReadOnlySet<int> profileIds)
    {
        models.Sessions.BeginRebuild(profileIds);
        foreach (var profile in profileIds)
        {
            models.Purchases.Erase(profile);
        }
    }

    public void EndRebuild() => models.Sessions.EndRebuild();

    /// <summary>What a shopper bought, for the shopper's own slates and for trainings: each as far as the consent of the moment goes.</summary>
    private void Remember(TrackedEvent trackedEvent)
    {
        var use = (trackedEvent.MayProfile ? PurchaseUse.Serve : PurchaseUse.None) | (trackedEvent.MayTrain ? PurchaseUse.Train : PurchaseUse.None);
        var lines = trackedEvent.Lines;
        foreach (ref var line in lines[..Math.Min(lines.Length, MaxPurchases)])
        {
            models.Purchases.Add(trackedEvent.ProfileId, new Purchase(line.Item, trackedEvent.TimestampMs, use));
        }
    }

    private void LearnClicks(TrackedEvent trackedEvent, float weight)
    {
        var lines = LinesOf(trackedEvent);
        Span<int> before = stackalloc int[Window];
        Span<int> contexts = stackalloc int[models.Contexts.Most];
        contexts = contexts[..models.Contexts.Of(trackedEvent.ProfileId, trackedEvent.TimestampMs, contexts)];
        foreach (ref var line in lines)
        {
            if (line.Item < 0)
            {
                continue;
            }

            if (!trackedEvent.IsRebuilt)
            {
                LearnPopularity(trackedEvent, ref line, weight, contexts);
            }

            if (trackedEvent.SessionNumber == 0)
            {
                continue;
            }

            var sessions = models.Sessions.Learning;
            var own = sessions.Find(trackedEvent.ProfileId, trackedEvent.SessionNumber);
            var count = sessions.CopyNewest(own, before);
            if (count > 0 && before[count - 1] == line.Item)
            {
                continue; // A list click and the page it opens, or a view and its add to cart, are one step.
            }

            for (var i = 0; i < count && !trackedEvent.IsRebuilt; i++)
            {
                models.ViewedTogether.Learn(line.Item, before[i], 1, trackedEvent.TimestampMs, trackedEvent.IsHistorical);
            }

            sessions.Learn(
                trackedEvent.ProfileId, trackedEvent.SessionNumber, line.Item, trackedEvent.TimestampMs, trackedEvent.IsHistorical);
        }
    }

    private void LearnOrder(TrackedEvent trackedEvent)
    {
        var lines = LinesOf(trackedEvent);
        Span<int> contexts = stackalloc int[models.Contexts.Most];
        contexts = contexts[..models.Contexts.Of(trackedEvent.ProfileId, trackedEvent.TimestampMs, contexts)];
        for (var i = 0; i < lines.Length; i++)
        {
            ref var line = ref lines[i];
            LearnPopularity(trackedEvent, ref line, OrderWeight, contexts);
            for (var j = 0; j < i; j++)
            {
                models.BoughtTogether.Learn(line.Item, lines[j].Item, 1, trackedEvent.TimestampMs, trackedEvent.IsHistorical);
            }
        }
    }

    private void LearnPopularity(TrackedEvent trackedEvent, ref readonly ItemLine line, float weight, ReadOnlySpan<int> contexts)
    {
        models.Popularity.Learn(line.Item, weight, trackedEvent.TimestampMs, line.CategoryTerm, line.BrandTerm, trackedEvent.IsHistorical);
        models.ContextPopularity.Learn(contexts, line.Item, weight, trackedEvent.TimestampMs, trackedEvent.IsHistorical);
    }

    private static Span<ItemLine> LinesOf(TrackedEvent trackedEvent)
    {
        var lines = trackedEvent.Lines;
        return lines[..Math.Min(lines.Length, MaxLines)];
    }
}
