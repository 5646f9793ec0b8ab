using Personalization.Consent.Contracts;
using Personalization.Decisioning.Contracts;
using Personalization.Decisioning.Domain.Candidates;
using Personalization.Features.Contracts;
using Personalization.Identity.Contracts;
using Personalization.Tracking.Contracts;

namespace Personalization.Decisioning.Domain;

/// <summary>Fills a context with who asks and what they look at. Without consent no profile is read at all.</summary>
internal sealed class ShopperReader(
    IProfileDirectory profiles, IConsent consent, IProfileFeatures features, ICatalog catalog, LearnedModels models, IColdProfiles? cold = null)
{
    private const int MaxExclusions = 256;

    /// <summary>Items that stand for a session when the shopper has none now.</summary>
    private const int OldItems = 8;

    /// <returns>Why the shopper's profile is not used; null when it is.</returns>
    public string? Read(RecommendationRequest request, Placement placement, DecisionContext context)
    {
        var reason = ReadProfile(request, context);
        if (request.Items is { Count: > 0 } items)
        {
            ReadItems(items, context);
        }
        else
        {
            ReadSession(context);
        }

        Exclude(request, placement, context);
        return reason;
    }

    private string? ReadProfile(RecommendationRequest request, DecisionContext context)
    {
        var profile = string.IsNullOrEmpty(request.UserId) && string.IsNullOrEmpty(request.AnonymousId)
            ? -1
            : profiles.Find(request.UserId, request.AnonymousId);
        context.Consent = new ConsentUse(consent.May(profile, Purposes.Profile), consent.May(profile, Purposes.Personalise), request.HasGpc);
        if (profile < 0)
        {
            return NotPersonalized.UnknownProfile;
        }

        if (!context.Consent.IsAllowed)
        {
            return ReasonOf(context.Consent);
        }

        using var reading = DecisionTrace.Source.StartActivity(DecisionTrace.ReadProfile);

        // Not only the features, which say so themselves: a rule may look at all else.
        if (cold is { Any: true } && cold.IsCold(profile))
        {
            return NotPersonalized.ProfileNotInMemory;
        }

        if (!features.TryReadInMemory(profile, context.View, out var isCold))
        {
            return isCold ? NotPersonalized.ProfileNotInMemory : NotPersonalized.NoHistory;
        }

        context.ProfileId = profile;
        return null;
    }

    private static string ReasonOf(ConsentUse use) => (use.Profile.IsAllowed ? use.Personalise : use.Profile).Reason switch
    {
        ConsentReason.NotStated or ConsentReason.JurisdictionDefault => NotPersonalized.ConsentDefault,
        ConsentReason.Expired => NotPersonalized.ConsentExpired,
        ConsentReason.NonProfiling => NotPersonalized.NonProfiling,
        _ => NotPersonalized.ConsentDenied,
    };

    private void ReadItems(IReadOnlyList<string> items, DecisionContext context)
    {
        for (var i = Math.Max(0, items.Count - DecisionContext.MaxSession); i < items.Count; i++)
        {
            var item = catalog.Find(items[i]);
            if (item >= 0)
            {
                context.AddToSession(item);
            }
        }
    }

    /// <summary>
    /// The current session as it was learnt, click by click, when all of it could be; else its views and adds by time; and
    /// when there are none, the last few of before.
    /// </summary>
    private void ReadSession(DecisionContext context)
    {
        if (context.ProfileId < 0 || ReadLearnt(context))
        {
            return;
        }

        if (context.View.SessionNumber != 0)
        {
            ReadRecent(context, context.View.SessionStartMs, DecisionContext.MaxSession);
        }

        if (context.SessionCount == 0)
        {
            ReadRecent(context, context.OldestMs, OldItems);
        }

        context.ReverseSession();
    }

    private bool ReadLearnt(DecisionContext context)
    {
        var view = context.View;
        var newestMs = Math.Max(NewestMs(view.Recent(RecentKind.Viewed)), NewestMs(view.Recent(RecentKind.Added)));
        context.SessionCount = models.Sessions.CopyNewest(context.ProfileId, view.SessionNumber, newestMs, context.SessionRoom);
        return context.SessionCount > 0;
    }

    private static long NewestMs(ReadOnlySpan<RecentItem> recent) => recent.IsEmpty ? long.MinValue : recent[0].TimestampMs;

    private static void ReadRecent(DecisionContext context, long sinceMs, int max)
    {
        var viewed = context.View.Recent(RecentKind.Viewed);
        var added = context.View.Recent(RecentKind.Added);
        while (context.SessionCount < max)
        {
            var isAdded = !added.IsEmpty && (viewed.IsEmpty || added[0].TimestampMs > viewed[0].TimestampMs);
            ref var list = ref viewed;
            if (isAdded)
            {
                list = ref added;
            }

            if (list.IsEmpty || list[0].TimestampMs < sinceMs)
            {
                return;
            }

            context.AddToSession(list[0].Item);
            list = list[1..];
        }
    }

    /// <summary>The features know the last few purchases, the history all that matter.</summary>
    private void ExcludeBought(DecisionContext context)
    {
        if (context.ProfileId >= 0)
        {
            foreach (var purchase in models.Purchases.Of(context.ProfileId))
            {
                context.Filter.Exclude(purchase.MayServe ? purchase.Item : -1);
            }
        }
    }

    private void Exclude(RecommendationRequest request, Placement placement, DecisionContext context)
    {
        if (request.Exclude is { } excluded)
        {
            for (var i = 0; i < excluded.Count && i < MaxExclusions; i++)
            {
                context.Filter.Exclude(catalog.Find(excluded[i]));
            }
        }

        if (placement.ExcludePurchased)
        {
            foreach (var bought in context.View.Recent(RecentKind.Purchased))
            {
                context.Filter.Exclude(bought.Item);
            }

            ExcludeBought(context);
        }

        if (context.SessionCount > 0 && !(request.AllowCurrentItem ?? placement.AllowCurrentItem))
        {
            context.Filter.Exclude(context.Session[^1]);
        }

        // What stands in the cart or on the page is not offered beside it.
        if (placement.Kind is PlacementKind.BoughtTogether && request is { Items.Count: > 0, AllowCurrentItem: not true })
        {
            foreach (var item in context.Session)
            {
                context.Filter.Exclude(item);
            }
        }
    }
}
