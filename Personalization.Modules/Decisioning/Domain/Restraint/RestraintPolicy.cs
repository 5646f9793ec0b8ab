using Personalization.Decisioning.Domain.Offers;

namespace Personalization.Decisioning.Domain.Restraint;

/// <summary>Whether a shopper may be shown an offer, by what they were shown. Arithmetic over one record, whose lock is held.</summary>
internal sealed class RestraintPolicy
{
    private const long HourMs = 3_600_000;
    private readonly Cap[] _caps;
    private readonly int _cooldownAfter;
    private readonly long _cooldownMs;
    private readonly long _elsewhereMs;

    public RestraintPolicy(RestraintOptions options)
    {
        (_cooldownAfter, _cooldownMs, _elsewhereMs) = (options.CooldownAfter, options.CooldownHours * HourMs, options.ElsewhereSeconds * 1_000L);
        DismissedMs = options.DismissedDays * 24 * HourMs;
        Cap[] session = options.OffersPerSession == 0 ? [] : [new Cap(options.OffersPerSession, 0, 0, 0, 0, PerOffer: false, "session")];
        _caps =
        [
            .. session,
            .. options.Caps.Select((cap, i) => new Cap(
                cap.Count,
                cap.Hours * HourMs,
                string.IsNullOrEmpty(cap.Offer) ? 0 : Impression.OfferKey(cap.Offer),
                Impression.ScopeKey(cap.Placement),
                Impression.ScopeKey(cap.Channel),
                cap.PerOffer,
                $"caps:{i}")),
        ];
    }

    public long DismissedMs { get; }

    /// <param name="record">Null for somebody of whom nothing may be kept: an offer that counts its shoppers is not for them.</param>
    /// <param name="offer">Which.</param>
    /// <param name="wanted">What it would be.</param>
    /// <param name="sessionSinceMs">Unix ms.</param>
    public OfferOutcome Judge(ShopperRecord? record, Offer offer, in Impression wanted, long sessionSinceMs)
    {
        if (record is null)
        {
            return offer.CountsShoppers ? OfferOutcome.ShopperBudgetSpent : OfferOutcome.Shown;
        }

        if (record.Promised.Count >= ShopperRecord.MaxShown)
        {
            return OfferOutcome.NotCounted;
        }

        if (record.TimesOf(offer.Key) >= offer.MaxPerShopper)
        {
            return OfferOutcome.ShopperBudgetSpent;
        }

        if (record.IsDismissed(offer.Key, wanted.AtMs - DismissedMs))
        {
            return OfferOutcome.Dismissed;
        }

        return IsElsewhere(record, in wanted) ? OfferOutcome.ShownElsewhere
            : IsCoolingDown(record, wanted.AtMs) ? OfferOutcome.Cooldown
            : IsCapped(record, _caps, in wanted, sessionSinceMs) || IsCapped(record, offer.Caps, in wanted, sessionSinceMs) ? OfferOutcome.Capped
            : OfferOutcome.Shown;
    }

    private static bool IsCapped(ShopperRecord record, Cap[] caps, in Impression wanted, long sessionSinceMs)
    {
        foreach (var cap in caps)
        {
            // Something shown at t is in a window of length w until just before t + w.
            var sinceMs = cap.WindowMs == 0 ? sessionSinceMs : wanted.AtMs - cap.WindowMs + 1;
            if (cap.IsAbout(in wanted) && Count(record, cap, in wanted, sinceMs) >= cap.Count)
            {
                return true;
            }
        }

        return false;
    }

    /// <summary>What was shown since a time. Where more was shown than is kept, nobody knows, and then it is as many as can be.</summary>
    private static int Count(ShopperRecord record, Cap cap, in Impression wanted, long sinceMs)
    {
        if (record.Shown.Count == ShopperRecord.MaxShown && record.Shown[0].AtMs >= sinceMs)
        {
            return int.MaxValue;
        }

        var count = 0;
        for (var i = record.Shown.Count - 1; i >= 0 && record.Shown[i].AtMs >= sinceMs; i--)
        {
            var shown = record.Shown[i];
            count += cap.Counts(in shown, in wanted) ? 1 : 0;
        }

        foreach (var promised in record.Promised)
        {
            count += promised.AtMs >= sinceMs && cap.Counts(in promised, in wanted) ? 1 : 0;
        }

        return count;
    }

    private bool IsElsewhere(ShopperRecord record, in Impression wanted)
    {
        var sinceMs = wanted.AtMs - _elsewhereMs + 1;
        for (var i = record.Shown.Count - 1; i >= 0 && record.Shown[i].AtMs >= sinceMs; i--)
        {
            if (record.Shown[i].Offer == wanted.Offer && record.Shown[i].Placement != wanted.Placement)
            {
                return true;
            }
        }

        foreach (var promised in record.Promised)
        {
            if (promised.AtMs >= sinceMs && promised.Offer == wanted.Offer && promised.Placement != wanted.Placement)
            {
                return true;
            }
        }

        return false;
    }

    /// <summary>So many in a row without a click, and the last of them not long ago.</summary>
    private bool IsCoolingDown(ShopperRecord record, long nowMs)
    {
        if (_cooldownAfter == 0)
        {
            return false;
        }

        var (ignored, newestMs) = (0, 0L);
        for (var i = record.Shown.Count - 1; i >= 0 && record.Shown[i].AtMs > record.ClickedAtMs; i--)
        {
            ignored++;
            newestMs = Math.Max(newestMs, record.Shown[i].AtMs);
        }

        foreach (var promised in record.Promised)
        {
            ignored += promised.AtMs > record.ClickedAtMs ? 1 : 0;
            newestMs = Math.Max(newestMs, promised.AtMs);
        }

        return ignored >= _cooldownAfter && nowMs - newestMs < _cooldownMs;
    }
}
