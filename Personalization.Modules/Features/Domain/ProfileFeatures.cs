using Personalization.Features.Contracts;
using Personalization.Tracking.Contracts;

namespace Personalization.Features.Domain;

/// <summary>
/// What is known of one profile. Written by the loop that owns the profile, read by anyone through a version counter: odd
/// while a write is under way, so a reader that sees the same even number before and after its copy has one version.
/// Budget: about 150 bytes of fields; 280 for 32 viewed items, 150 and 280 for added and purchased ones when there are any;
/// 120 each for full affinities. Lists grow with what a profile does.
/// </summary>
internal sealed class ProfileFeatures
{
    private int _version;
    private RecentItems _viewed;
    private RecentItems _added;
    private RecentItems _purchased;
    private Affinities _categories;
    private Affinities _brands;
    private ProfileCounters _counters;
    private SessionState _session;

    /// <summary>Whether the profile is on the list for the next checkpoint.</summary>
    public bool IsDirty { get; set; }

    public void BeginWrite()
    {
        Volatile.Write(ref _version, _version + 1);
        Interlocked.MemoryBarrier();
    }

    public void EndWrite() => Volatile.Write(ref _version, _version + 1);

    /// <summary>Copies one consistent version. False when it had to give up, which a live writer cannot cause for long.</summary>
    public bool TryCopyTo(ProfileView view, double affinityScale)
    {
        for (var wait = new SpinWait(); ; wait.SpinOnce(sleep1Threshold: -1))
        {
            var before = Volatile.Read(ref _version);
            if ((before & 1) == 0)
            {
                Copy(view, affinityScale);
                Interlocked.MemoryBarrier();
                if (Volatile.Read(ref _version) == before)
                {
                    return true;
                }
            }
        }
    }

    /// <summary>Applies an event between <see cref="BeginWrite"/> and <see cref="EndWrite"/> and returns the session it belongs to.</summary>
    public long Apply(TrackedEvent trackedEvent, FeatureRules rules)
    {
        var timestampMs = EventTime.Clamp(trackedEvent.TimestampMs);
        _counters.Events++;
        var session = _session.Observe((long)(ulong)trackedEvent.SessionKey, timestampMs, rules.SessionGapMs, ref _counters);
        ApplyKind(trackedEvent, timestampMs, rules);
        return session;
    }

    public void Merge(ProfileFeatures from)
    {
        _viewed.AddAll(from._viewed, Capacity(RecentKind.Viewed));
        _added.AddAll(from._added, Capacity(RecentKind.Added));
        _purchased.AddAll(from._purchased, Capacity(RecentKind.Purchased));
        _categories.AddAll(from._categories);
        _brands.AddAll(from._brands);
        _counters = new ProfileCounters
        {
            Events = _counters.Events + from._counters.Events,
            Sessions = _counters.Sessions + from._counters.Sessions,
            Views = _counters.Views + from._counters.Views,
            Adds = _counters.Adds + from._counters.Adds,
            Orders = _counters.Orders + from._counters.Orders,
            Searches = _counters.Searches + from._counters.Searches,
            Revenue = _counters.Revenue + from._counters.Revenue,
        };
        _session = _session.Merge(from._session, _counters.Sessions);
    }

    public void Write(ref FeatureEncoder encoder)
    {
        encoder.Write(_counters);
        encoder.Write(_session);
        encoder.WriteList(_viewed.Packed);
        encoder.WriteList(_added.Packed);
        encoder.WriteList(_purchased.Packed);
        encoder.WriteList(_categories.Entries);
        encoder.WriteList(_brands.Entries);
    }

    public void Read(ref FeatureDecoder decoder)
    {
        _counters = decoder.Read<ProfileCounters>();
        _session = decoder.Read<SessionState>();
        _viewed.Restore(decoder.ReadList<ulong>());
        _added.Restore(decoder.ReadList<ulong>());
        _purchased.Restore(decoder.ReadList<ulong>());
        _categories.Restore(decoder.ReadList<Affinities.Entry>());
        _brands.Restore(decoder.ReadList<Affinities.Entry>());
    }

    private static int Capacity(RecentKind kind) => kind == RecentKind.Added ? 16 : 32;

    private void ApplyKind(TrackedEvent trackedEvent, long timestampMs, FeatureRules rules)
    {
        switch (trackedEvent.Kind)
        {
            case EventKind.ProductViewed:
                _counters.Views++;
                Remember(trackedEvent, ref _viewed, RecentKind.Viewed, timestampMs, rules, rules.ViewWeight);
                break;
            case EventKind.ProductClicked or EventKind.RecommendationClicked:
                Remember(trackedEvent, ref _viewed, RecentKind.Viewed, timestampMs, rules, weight: 0);
                break;
            case EventKind.ProductAdded or EventKind.WishlistProductAddedToCart:
                _counters.Adds++;
                Remember(trackedEvent, ref _added, RecentKind.Added, timestampMs, rules, rules.AddWeight);
                break;
            case EventKind.ProductRemoved:
                Forget(trackedEvent);
                break;
            case EventKind.ProductsSearched:
                _counters.Searches++;
                break;
            case EventKind.OrderCompleted:
                _counters.Orders++;
                _counters.Revenue += RevenueOf(trackedEvent);
                Forget(trackedEvent);
                Remember(trackedEvent, ref _purchased, RecentKind.Purchased, timestampMs, rules, rules.OrderWeight);
                break;
        }
    }

    private void Remember(
        TrackedEvent trackedEvent, ref RecentItems list, RecentKind kind, long timestampMs, FeatureRules rules, double weight)
    {
        var decayed = weight * rules.ForwardWeight(timestampMs);
        foreach (ref readonly var line in trackedEvent.Lines)
        {
            if (line.Item >= 0)
            {
                list.Add(line.Item, timestampMs, Capacity(kind));
            }

            if (line.CategoryTerm >= 0 && weight > 0)
            {
                _categories.Add(line.CategoryTerm, decayed);
            }

            if (line.BrandTerm >= 0 && weight > 0)
            {
                _brands.Add(line.BrandTerm, decayed);
            }
        }
    }

    private void Forget(TrackedEvent trackedEvent)
    {
        foreach (ref readonly var line in trackedEvent.Lines)
        {
            _added.Remove(line.Item);
        }
    }

    private static double RevenueOf(TrackedEvent trackedEvent)
    {
        if (float.IsFinite(trackedEvent.Revenue))
        {
            return trackedEvent.Revenue;
        }

        var sum = 0d;
        foreach (ref readonly var line in trackedEvent.Lines)
        {
            var amount = (double)line.Price * line.Quantity;
            sum += double.IsFinite(amount) ? amount : 0;
        }

        return sum;
    }

    private void Copy(ProfileView view, double affinityScale)
    {
        view.SetRecentCount(RecentKind.Viewed, _viewed.CopyTo(view.RecentBuffer(RecentKind.Viewed)));
        view.SetRecentCount(RecentKind.Added, _added.CopyTo(view.RecentBuffer(RecentKind.Added)));
        view.SetRecentCount(RecentKind.Purchased, _purchased.CopyTo(view.RecentBuffer(RecentKind.Purchased)));
        view.SetAffinityCounts(
            _categories.CopyTo(view.CategoryBuffer, affinityScale), _brands.CopyTo(view.BrandBuffer, affinityScale));
        view.Counters = _counters;
        view.SessionNumber = _session.Number;
        view.SessionStartMs = _session.StartMs;
        view.LastEventMs = _session.LastMs;
        view.SessionEvents = _session.Events;
    }
}
