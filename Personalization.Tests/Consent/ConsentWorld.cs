using Microsoft.Extensions.Options;
using Personalization.Consent;
using Personalization.Consent.Contracts;
using Personalization.Consent.Domain;
using Personalization.Consent.Domain.Vendors;
using Personalization.Consent.Pipeline;
using Personalization.Tests.Decisioning;
using Personalization.Tests.Tracking;
using Personalization.Tracking.Contracts;

namespace Personalization.Tests.Consent;

/// <summary>The consent module's state and gate, fed with events as clients send them.</summary>
internal sealed class ConsentWorld
{
    public const int Shopper = 3;

    private readonly Parsing _parsing = new();
    private long _offset;

    public ConsentWorld(ConsentOptions? options = null)
    {
        Jurisdictions = new JurisdictionDirectory(Options.Create(options ?? new ConsentOptions()));
        Store = new ConsentStore(Jurisdictions, Clock);
        Gate = new ConsentGateStage(Store, Ledger, Jurisdictions, Strings());
    }

    /// <summary>Strings with everything at its default, and no vendor list.</summary>
    public static StringStatements Strings()
    {
        var options = Options.Create(new ConsentStringOptions());
        return new StringStatements(new ConsentStrings(options, new VendorLists()), options);
    }

    public FakeClock Clock { get; } = new();

    public JurisdictionDirectory Jurisdictions { get; }

    public ConsentStore Store { get; }

    public ConsentLedger Ledger { get; } = new();

    public ConsentGateStage Gate { get; }

    public ConsentVerdict May(Purposes purpose, int profile = Shopper) => Store.May(profile, purpose);

    public IReadOnlyList<LedgerEntry> History(params int[] profiles) =>
        Ledger.Newest(profiles.Length == 0 ? [Shopper] : profiles, long.MaxValue, 1_000);

    /// <summary>An event with this consent, applied as the shopper's.</summary>
    public TrackedEvent Say(long timestampMs, string consent, string name = "Consent Updated", int profile = Shopper, bool gpc = false) =>
        Apply(timestampMs, $$"""{"consent":{{consent}}}""", name, profile, gpc);

    public TrackedEvent Apply(long timestampMs, string context, string name = "Product Viewed", int profile = Shopper, bool gpc = false)
    {
        var batch = _parsing.Single($$"""{"anonymousId":"a-1","event":"{{name}}","context":{{context}}}""");
        batch.HasGpc = gpc;
        var seen = batch[0];
        seen.ProfileId = profile;
        seen.TimestampMs = timestampMs;
        seen.Offset = _offset++;
        Gate.Apply(seen);
        return seen;
    }
}
