using Personalization.Features.Contracts;
using Personalization.Tracking.Contracts;

namespace Personalization.Features.Domain;

/// <summary>What is known of one profile, without the objects around it: a copy of this is a copy of all of it but the recent items' array.</summary>
internal struct ProfileState
{
    public ProfileCounters Counters;
    public SessionTrack Sessions;
    public AffinityList Categories;
    public AffinityList Brands;
    public RecentItems Recents;

    /// <summary>Takes an event in and returns the number of the session that it belongs to, or 0.</summary>
    public long Apply(TrackedEvent trackedEvent, FeatureRules rules)
    {
        var timestampMs = EventTime.Clamp(trackedEvent.TimestampMs);
        Counters.Events++;
        ApplyKind(trackedEvent, timestampMs, rules);
        var sessions = Counters.Sessions;
        var session = Sessions.Observe(
            KeyOf(trackedEvent.SessionKey), CampaignOf(trackedEvent, rules), timestampMs, trackedEvent.Offset + 1, rules.SessionGapMs, trackedEvent.IsHistorical, ref sessions);
        Counters.Sessions = sessions;
        return session;
    }

    /// <summary>Number of the session that an event belongs to which was taken in before, or 0.</summary>
    public readonly long SessionOf(TrackedEvent trackedEvent, FeatureRules rules) =>
        Sessions.Find(KeyOf(trackedEvent.SessionKey), CampaignOf(trackedEvent, rules), EventTime.Clamp(trackedEvent.TimestampMs), trackedEvent.IsHistorical);

    public void Merge(ref readonly ProfileState from)
    {
        Counters = new ProfileCounters
        {
            Events = Counters.Events + from.Counters.Events,
            Sessions = Counters.Sessions + from.Counters.Sessions - Sessions.Merge(in from.Sessions),
            Views = Counters.Views + from.Counters.Views,
            Adds = Counters.Adds + from.Counters.Adds,
            Orders = Counters.Orders + from.Counters.Orders,
            Searches = Counters.Searches + from.Counters.Searches,
            Revenue = Counters.Revenue + from.Counters.Revenue,
        };
        Categories.AddAll(in from.Categories);
        Brands.AddAll(in from.Brands);
        Recents.PutAll(RecentKind.Viewed, in from.Recents);
        Recents.PutAll(RecentKind.Purchased, in from.Recents);
        Recents.PutAll(RecentItems.Removed, in from.Recents);
        MergeCarts(in from.Recents);
    }

    /// <summary>Both carts, without what either profile has bought or taken out since.</summary>
    private void MergeCarts(ref readonly RecentItems from)
    {
        Recents.PutAll(RecentKind.Added, in from);
        foreach (var kind in (ReadOnlySpan<RecentKind>)[RecentKind.Purchased, RecentItems.Removed])
        {
            // By place, since taking one out moves the kinds behind it.
            for (var i = 0; i < Recents.Of(kind).Length; i++)
            {
                var packed = Recents.Of(kind)[i];
                Recents.RemoveUntil(RecentKind.Added, PackedEntry.NumberOf(packed), PackedEntry.TimeOf(packed));
            }
        }
    }

    private void ApplyKind(TrackedEvent trackedEvent, long timestampMs, FeatureRules rules)
    {
        switch (trackedEvent.Kind)
        {
            case EventKind.ProductViewed:
                Counters.Views++;
                View(trackedEvent, timestampMs);
                Prefer(trackedEvent, rules.ViewWeight * rules.ForwardWeight(timestampMs));
                break;
            case EventKind.ProductClicked or EventKind.RecommendationClicked:
                // The page that opens says the same again, so a click alone is remembered and not weighed.
                View(trackedEvent, timestampMs);
                break;
            case EventKind.ProductAdded or EventKind.WishlistProductAddedToCart:
                Counters.Adds++;
                Add(trackedEvent, timestampMs);
                Prefer(trackedEvent, rules.AddWeight * rules.ForwardWeight(timestampMs));
                break;
            case EventKind.ProductRemoved:
                Remove(trackedEvent, RecentItems.Removed, timestampMs);
                break;
            case EventKind.ProductsSearched:
                Counters.Searches++;
                break;
            case EventKind.OrderCompleted:
                Counters.Orders++;
                Counters.Revenue += OrderRevenue.Of(trackedEvent);
                Remove(trackedEvent, RecentKind.Purchased, timestampMs);
                Prefer(trackedEvent, rules.OrderWeight * rules.ForwardWeight(timestampMs));
                break;
        }
    }

    private void View(TrackedEvent trackedEvent, long timestampMs)
    {
        foreach (ref readonly var line in trackedEvent.Lines)
        {
            if (line.Item >= 0)
            {
                Recents.Put(RecentKind.Viewed, line.Item, timestampMs);
            }
        }
    }

    private void Add(TrackedEvent trackedEvent, long timestampMs)
    {
        foreach (ref readonly var line in trackedEvent.Lines)
        {
            if (line.Item >= 0 &&
                !Recents.HasSince(RecentItems.Removed, line.Item, timestampMs) &&
                !Recents.HasSince(RecentKind.Purchased, line.Item, timestampMs))
            {
                Recents.Put(RecentKind.Added, line.Item, timestampMs);
            }
        }
    }

    /// <summary>Out of the cart, and into the list that remembers it.</summary>
    private void Remove(TrackedEvent trackedEvent, RecentKind into, long timestampMs)
    {
        foreach (ref readonly var line in trackedEvent.Lines)
        {
            if (line.Item >= 0)
            {
                Recents.Put(into, line.Item, timestampMs);
                Recents.RemoveUntil(RecentKind.Added, line.Item, timestampMs);
            }
        }
    }

    private void Prefer(TrackedEvent trackedEvent, double weight)
    {
        foreach (ref readonly var line in trackedEvent.Lines)
        {
            Categories.Add(line.CategoryTerm, weight);
            Brands.Add(line.BrandTerm, weight);
        }
    }

    private static ushort CampaignOf(TrackedEvent trackedEvent, FeatureRules rules) => rules.SplitsByCampaign ? Campaign.KeyOf(trackedEvent) : (ushort)0;

    /// <summary>32 bits tell a profile's few sessions apart; 0 stays "no key".</summary>
    private static uint KeyOf(UInt128 sessionKey) => sessionKey == default ? 0 : (uint)sessionKey | 1;
}
