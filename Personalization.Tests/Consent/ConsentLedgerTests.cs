using System.Security.Cryptography;
using System.Text;
using NUnit.Framework;
using Personalization.Consent.Contracts;
using Personalization.Consent.Domain;
using Personalization.Kernel.Privacy;
using Personalization.Tests.Support;
using static Personalization.Tests.Consent.ConsentWorld;

namespace Personalization.Tests.Consent;

[FixtureLifeCycle(LifeCycle.InstancePerTestCase)]
internal sealed class ConsentLedgerTests
{
    private readonly ConsentWorld _world = new();

    [Test]
    public void A_statement_is_kept_with_everything_that_was_said_around_it()
    {
        _world.Say(1_000, """
            {"purposes":{"profile":true,"train":false},"basis":"legitimateInterest","vendorIds":[755,10,10,"x",-1],"source":"banner 3",
             "policyVersion":"2026-02","expiresAt":"2040-01-01T00:00:00Z","evidence":"clicked \"yes\""}
            """);

        var entry = _world.History().Single();
        Assert.Multiple(() =>
        {
            Assert.That((entry.Stated, entry.Granted), Is.EqualTo((Purposes.Profile | Purposes.Train, Purposes.Profile)));
            Assert.That((entry.Basis, entry.Source, entry.PolicyVersion), Is.EqualTo((LawfulBasis.LegitimateInterest, "banner 3", "2026-02")));
            Assert.That((entry.TimestampMs, entry.ExpiresAtMs), Is.EqualTo((1_000, 2208988800000)));
            Assert.That(entry.VendorIds, Is.EqualTo(new[] { 10, 755 }));
            Assert.That(entry.EvidenceSha256.ToArray(), Is.EqualTo(SHA256.HashData(Encoding.UTF8.GetBytes("clicked \"yes\""))));
        });
    }

    [Test]
    public void Without_evidence_the_statement_itself_is_what_is_hashed()
    {
        const string Consent = """{"categoryPreferences":{"profile":true}}""";

        _world.Say(1_000, Consent);

        Assert.That(_world.History().Single().EvidenceSha256.ToArray(), Is.EqualTo(SHA256.HashData(Encoding.UTF8.GetBytes(Consent))));
    }

    [Test]
    public void A_client_that_repeats_what_it_has_adds_nothing()
    {
        const string Consent = """{"categoryPreferences":{"profile":true}}""";
        for (var at = 0; at < 50; at++)
        {
            _world.Say(1_000 + at, Consent, "Product Viewed");
        }

        _world.Say(2_000, Consent);
        _world.Say(2_001, Consent);

        Assert.That(_world.History().Select(entry => entry.TimestampMs), Is.EqualTo(new[] { 2_000, 1_000 }), "the first, and once what was said explicitly");
    }

    [Test]
    public void An_explicit_statement_under_another_policy_is_kept_though_it_grants_the_same()
    {
        _world.Say(1_000, """{"purposes":{"profile":true},"policyVersion":"1"}""");
        _world.Say(2_000, """{"purposes":{"profile":true},"policyVersion":"2"}""");

        Assert.That(_world.History().Select(entry => entry.PolicyVersion), Is.EqualTo(new[] { "2", "1" }));
    }

    [Test]
    public void History_is_read_in_pages_across_memory_and_disk()
    {
        var rows = new CheckpointRows();
        for (var change = 0; change < 300; change++)
        {
            _world.Say(change, $$"""{"purposes":{"profile":true},"policyVersion":"{{change}}"}""", profile: change % 3 == 0 ? 9 : Shopper);
            if (change == 150)
            {
                rows.Take(_world.Ledger);
            }
        }

        var seen = new List<long>();
        for (var before = long.MaxValue; ;)
        {
            var page = _world.Ledger.Newest([Shopper, 9], before, 37);
            if (page.Count == 0)
            {
                break;
            }

            seen.AddRange(page.Select(entry => entry.Offset));
            before = page[^1].Offset;
        }

        Assert.That(seen, Is.EqualTo(Enumerable.Range(0, 300).Reverse()));
    }

    [Test]
    public void A_restart_continues_where_the_ledger_was()
    {
        var rows = new CheckpointRows();
        _world.Say(1_000, """{"purposes":{"profile":true}}""");
        rows.Take(_world.Ledger);
        var restored = new ConsentLedger();
        rows.GiveTo(restored);

        Assert.That(restored.CountOf(Shopper), Is.EqualTo(1));
        restored.Add(Shopper, _world.History().Single() with { Offset = 99 });

        Assert.That(restored.Newest([Shopper], long.MaxValue, 10).Select(entry => entry.Offset), Is.EqualTo(new[] { 99, 0 }));
    }

    [Test]
    public void A_profile_that_is_made_anew_has_each_statement_once()
    {
        var rows = new CheckpointRows();
        _world.Say(1_000, """{"purposes":{"profile":true}}""");
        var second = _world.Say(2_000, """{"purposes":{"profile":false}}""");
        rows.Take(_world.Ledger);
        rows.Take(_world.Store);

        _world.Gate.Forget(Shopper);
        second.IsRebuilt = true;
        _world.Gate.Apply(second);

        Assert.That(_world.History().Select(entry => entry.Offset), Is.EqualTo(new[] { second.Offset }));
        rows.Take(_world.Ledger);
        Assert.That(_world.History().Select(entry => entry.Offset), Is.EqualTo(new[] { second.Offset }));
        var restored = new ConsentLedger();
        rows.GiveTo(restored);
        Assert.That(restored.Newest([Shopper], long.MaxValue, 10).Select(entry => entry.Offset), Is.EqualTo(new[] { second.Offset }));
    }

    [Test]
    public async Task Erasure_leaves_no_row_in_memory_or_on_disk()
    {
        var rows = new CheckpointRows();
        _world.Say(1_000, """{"purposes":{"profile":true},"source":"canary"}""");
        rows.Take(_world.Ledger);
        _world.Say(2_000, """{"purposes":{"profile":false}}""");
        var subject = new ErasureSubject(new HashSet<int> { Shopper }, [], new HashSet<UInt128>());
        Assert.That(await _world.Ledger.CountAsync(subject, CancellationToken.None), Is.EqualTo(2));

        var erased = await _world.Ledger.EraseAsync(subject, CancellationToken.None);
        var again = await _world.Ledger.EraseAsync(subject, CancellationToken.None);
        rows.Take(_world.Ledger);

        Assert.That((erased, again, rows.Count), Is.EqualTo((2, 0, 0)));
        Assert.That(_world.History(), Is.Empty);
    }

    [Test]
    public void Vendor_ids_are_bounded_and_counted()
    {
        _world.Say(1_000, $$"""{"purposes":{"profile":true},"vendorIds":[{{string.Join(',', Enumerable.Range(1, 5_000))}}]}""");

        var entry = _world.History().Single();
        Assert.That((entry.VendorIds.Count, entry.VendorCount), Is.EqualTo((LedgerEntry.MaxVendorIds, 5_000)));
    }
}
