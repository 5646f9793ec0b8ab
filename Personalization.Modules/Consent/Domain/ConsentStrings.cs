using Microsoft.Extensions.Options;
using Personalization.Consent.Contracts;
using Personalization.Consent.Domain.Gpp;
using Personalization.Consent.Domain.Tcf;
using Personalization.Consent.Domain.Vendors;

namespace Personalization.Consent.Domain;

/// <summary>
/// What a request's consent strings mean for the shop's own purposes. Configuration selects one path of the TC string for each
/// purpose; GPP and Global Privacy Control speak of activation alone, which is where data leaves the shop. A string that cannot be
/// read grants nothing and denies everything that it would have spoken of. Does not allocate; safe on any thread.
/// </summary>
/// <remarks>
/// With the path of a vendor the answer depends on the vendor list that counts at the moment, which is no part of the log; with the others
/// on what is given here and the configuration alone.
/// </remarks>
internal sealed class ConsentStrings
{
    private static readonly Purposes[] Each =
        [Purposes.Collect, Purposes.Profile, Purposes.Personalise, Purposes.Measure, Purposes.Activate, Purposes.Train];

    private readonly TcRules _rules;
    private readonly VendorLists _vendors;
    private readonly int _vendorId;
    private readonly PurposeRule[] _answers;

    public ConsentStrings(IOptions<ConsentStringOptions> options, VendorLists vendors)
    {
        var settings = options.Value;
        _rules = new TcRules(settings.MaxAgeDays, [.. settings.PurposeOneCountries]);
        _vendors = vendors;
        _vendorId = settings.VendorId ?? 0;
        _answers = Array.ConvertAll(Each, purpose => PurposeRule.Of(
            purpose, settings.Purposes.TryGetValue(purpose, out var rule) ? rule : new PurposeStringOptions()));
    }

    /// <summary>Reads what came with a request.</summary>
    /// <param name="tcString">UTF-8; empty when there was none.</param>
    /// <param name="gppString">UTF-8; empty when there was none. Its section 2 is a TC string; of two, the one changed last counts.</param>
    /// <param name="region">Where the shopper is, ISO 3166-2 (<c>US-CA</c>, <c>DE</c>); null for unknown, where every section counts that forbids.</param>
    /// <param name="gpc">Whether the request said <c>Sec-GPC: 1</c>.</param>
    /// <param name="atMs">The moment of the use, Unix ms: strings from its future or too long before it count for nothing.</param>
    public ConsentReading Read(ReadOnlySpan<byte> tcString, ReadOnlySpan<byte> gppString, string? region, bool gpc, long atMs)
    {
        var reading = default(ConsentReading);
        var gppStatus = GppString.Read(gppString, out var gpp);
        var sale = UsPrivacy.SaleOrSharing(gpp, region, gpc);
        sale = gppStatus is not (GppStatus.Read or GppStatus.Empty) && !gpc ? SignalReason.GppRefused : sale;
        if (sale != SignalReason.NotStated)
        {
            reading = reading.With(Purposes.Activate, sale == SignalReason.NotOptedOut, sale);
        }

        _ = gpp.TryGet(GppString.TcfEuSection, out var inGpp);
        if (!tcString.IsEmpty || !inGpp.IsEmpty)
        {
            return ReadTc(reading, tcString, inGpp, atMs);
        }

        return gppStatus != GppStatus.Read && GppString.MayHaveHeld(gppString, gppStatus, GppString.TcfEuSection)
            ? DenyAll(reading, SignalReason.GppRefused)
            : reading;
    }

    private ConsentReading ReadTc(ConsentReading reading, ReadOnlySpan<byte> tcString, ReadOnlySpan<byte> inGpp, long atMs)
    {
        if (!tcString.IsEmpty && TcString.Read(tcString, out var tc) is var status)
        {
            if (status != TcStatus.Read)
            {
                return DenyAll(reading, SignalReason.StringRefused);
            }

            return !inGpp.IsEmpty && TcString.Read(inGpp, out var other) == TcStatus.Read && other.LastUpdatedMs > tc.LastUpdatedMs
                ? Answer(reading, other, atMs)
                : Answer(reading, tc, atMs);
        }

        return TcString.Read(inGpp, out tc) == TcStatus.Read ? Answer(reading, tc, atMs) : DenyAll(reading, SignalReason.StringRefused);
    }

    private ConsentReading Answer(ConsentReading reading, in TcString tc, long atMs)
    {
        foreach (var rule in _answers)
        {
            if (rule.Path != StringPath.None)
            {
                var decision = Decide(rule, tc, atMs);
                reading = reading.With(rule.Purpose, decision.IsAllowed, decision.Reason);
            }
        }

        return reading;
    }

    /// <summary>All numbers of the rule must be allowed; the first that is not gives the reason.</summary>
    private TcDecision Decide(PurposeRule rule, in TcString tc, long atMs)
    {
        var decision = TcDecision.Deny(SignalReason.NotStated);
        foreach (var number in rule.Numbers)
        {
            decision = rule.Path switch
            {
                StringPath.Publisher => PublisherDecisions.MayProcess(tc, _rules, number, rule.Basis, atMs),
                StringPath.PublisherCustom => PublisherDecisions.MayProcessCustom(tc, _rules, number, rule.Basis, atMs),
                _ => VendorDecisions.MayProcess(tc, _vendors.Current, _rules, _vendorId, number, atMs),
            };
            if (!decision.IsAllowed)
            {
                break;
            }
        }

        return decision;
    }

    private ConsentReading DenyAll(ConsentReading reading, SignalReason reason)
    {
        foreach (var rule in _answers)
        {
            reading = rule.Path == StringPath.None ? reading : reading.With(rule.Purpose, isGranted: false, reason);
        }

        return reading;
    }

    /// <summary>How one own purpose is answered.</summary>
    private readonly record struct PurposeRule(Purposes Purpose, StringPath Path, int[] Numbers, LegalBasis Basis)
    {
        public static PurposeRule Of(Purposes purpose, PurposeStringOptions options) => new(
            purpose,
            options.Path,
            options.Numbers.Count > 0 ? [.. options.Numbers] : Defaults(purpose),
            options.ByLegitimateInterest ? LegalBasis.LegitimateInterest : LegalBasis.Consent);

        /// <summary>What TCF gates the same thing with: storage, a profile for content, content by profile, measurement, advertising, improvement.</summary>
        private static int[] Defaults(Purposes purpose) => purpose switch
        {
            Purposes.Collect => [1],
            Purposes.Profile => [5],
            Purposes.Personalise => [6],
            Purposes.Measure => [8],
            Purposes.Activate => [3, 4],
            _ => [10],
        };
    }
}
