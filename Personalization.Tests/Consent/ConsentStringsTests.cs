using System.Text;
using Microsoft.Extensions.Options;
using NUnit.Framework;
using Personalization.Consent;
using Personalization.Consent.Contracts;
using Personalization.Consent.Domain;
using Personalization.Consent.Domain.Vendors;
using Personalization.Tests.Consent.Tcf;
using Personalization.Tracking.Contracts;

namespace Personalization.Tests.Consent;

/// <summary>What strings mean for the shop's own purposes: one path each, refusals deny, no denial is undone by another string.</summary>
public class ConsentStringsTests
{
    /// <summary>2026-11-20T12:00Z.</summary>
    private const long NowMs = 1_795_176_000_000;
    private const byte Tcf = (byte)Purposes.All;
    private ConsentStringOptions _options;
    private VendorLists _vendors;

    [SetUp]
    public void Configure()
    {
        _options = new ConsentStringOptions();
        _vendors = new VendorLists();
    }

    [Test]
    public void Nothing_was_sent_and_nothing_is_said()
    {
        Assert.That(Read(), Is.EqualTo(default(ConsentReading)));
    }

    [Test]
    public void The_publishers_own_purposes_answer_by_default()
    {
        var reading = Read(new TcText { PublisherConsents = [1, 5, 6, 10] }.ToString());

        Assert.That(reading.Signal, Is.EqualTo(new ConsentSignal(Tcf, (byte)(Purposes.Collect | Purposes.Profile | Purposes.Personalise | Purposes.Train))));
        Assert.That(reading.ReasonOf(Purposes.Measure), Is.EqualTo(SignalReason.NoPublisherConsent));
    }

    [Test]
    public void Activation_needs_every_one_of_its_purposes()
    {
        Assert.That(Grants(Read(new TcText { PublisherConsents = [3] }.ToString()), Purposes.Activate), Is.False);
        Assert.That(Grants(Read(new TcText { PublisherConsents = [3, 4] }.ToString()), Purposes.Activate));
    }

    [Test]
    public void A_vendors_consent_never_stands_in_for_the_publishers()
    {
        var reading = Read(new TcText { PurposeConsents = [1, 5, 6, 8, 10], VendorConsents = [7] }.ToString());

        Assert.That(reading.Signal, Is.EqualTo(new ConsentSignal(Tcf, 0)));
        Assert.That(reading.ReasonOf(Purposes.Profile), Is.EqualTo(SignalReason.NoPublisherConsent));
    }

    [Test]
    public void A_purpose_on_the_vendors_path_is_answered_for_the_configured_vendor()
    {
        _options.VendorId = 7;
        _options.Purposes[Purposes.Profile] = new PurposeStringOptions { Path = StringPath.Vendor };
        _options.Purposes[Purposes.Collect] = new PurposeStringOptions { Path = StringPath.None };
        var text = new TcText { PurposeConsents = [5], VendorConsents = [7] }.ToString();

        Assert.That(Read(text).ReasonOf(Purposes.Profile), Is.EqualTo(SignalReason.VendorListMissing), "absence of the list denies");
        _vendors.Current = ListWith(7, purposes: 5);
        var reading = Read(text);

        Assert.That(Grants(reading, Purposes.Profile));
        Assert.That(reading.ReasonOf(Purposes.Collect), Is.EqualTo(SignalReason.NotStated));
        Assert.That(reading.Signal.Stated & (byte)Purposes.Collect, Is.Zero);
    }

    [Test]
    public void A_custom_purpose_answers_where_it_is_configured()
    {
        var custom = new PurposeStringOptions { Path = StringPath.PublisherCustom };
        custom.Numbers.Add(2);
        _options.Purposes[Purposes.Personalise] = custom;

        Assert.That(Grants(Read(new TcText { CustomCount = 2, CustomConsents = [2] }.ToString()), Purposes.Personalise));
        Assert.That(
            Read(new TcText { CustomCount = 1, CustomConsents = [1] }.ToString()).ReasonOf(Purposes.Personalise),
            Is.EqualTo(SignalReason.CustomPurposeUnknown));
    }

    [TestCase("garbage")]
    [TestCase("CQ")]
    [TestCase("CQa7ZkAQa7ZkAHwECANLCzE0AMgAAEFgAAAAAPP____wAMf_gAAA=")]
    public void A_refused_string_denies_everything_that_it_would_have_spoken_of(string text)
    {
        var reading = Read(text);

        Assert.That(reading.Signal, Is.EqualTo(new ConsentSignal(Tcf, 0)));
        Assert.That(reading.ReasonOf(Purposes.Train), Is.EqualTo(SignalReason.StringRefused));
    }

    [Test]
    public void An_expired_string_denies_and_says_so()
    {
        var reading = Read(new TcText { UpdatedMs = NowMs - (396L * 86_400_000), PublisherConsents = [1, 5, 6, 8, 10] }.ToString());

        Assert.That(reading.Signal, Is.EqualTo(new ConsentSignal(Tcf, 0)));
        Assert.That(reading.ReasonOf(Purposes.Profile), Is.EqualTo(SignalReason.StringExpired));
    }

    [Test]
    public void Global_privacy_control_forbids_activation_alone_and_nothing_undoes_it()
    {
        var reading = Read(new TcText { PublisherConsents = [1, 3, 4, 5, 6] }.ToString(), gpc: true);

        Assert.That(Grants(reading, Purposes.Activate), Is.False);
        Assert.That(reading.ReasonOf(Purposes.Activate), Is.EqualTo(SignalReason.GlobalPrivacyControl));
        Assert.That(Grants(reading, Purposes.Personalise), "first-party use is not what it is about");
        Assert.That(Read(gpc: true).Signal, Is.EqualTo(new ConsentSignal((byte)Purposes.Activate, 0)));
    }

    [Test]
    public void A_refused_gpp_string_denies_activation_and_what_its_own_tc_string_would_have_said()
    {
        Assert.That(Read(gpp: "DBA~garbage").Signal, Is.EqualTo(new ConsentSignal(Tcf, 0)));

        var beside = Read(new TcText { PublisherConsents = [1, 3, 4, 5] }.ToString(), "DBA~garbage");

        Assert.That(Grants(beside, Purposes.Profile), "the TC string speaks for itself");
        Assert.That(beside.ReasonOf(Purposes.Activate), Is.EqualTo(SignalReason.GppRefused));
    }

    [TestCase("DBABLA~Bki", false, TestName = "A national section that is too short")]
    [TestCase("DBACMMA~garbage~BkiQEAhGWRA", true, TestName = "A bad TC string")]
    [TestCase("DBACMMA~CA~Bki", true, TestName = "Both are bad")]
    [TestCase("DBABLA~BkiQEAhGWRA~CA", true, TestName = "More sections than the header names")]
    [TestCase("DBABLA", true, TestName = "A header alone")]
    public void A_refused_gpp_string_denies_no_more_than_its_header_speaks_of(string gpp, bool mayHoldTc)
    {
        var reading = Read(gpp: gpp);

        Assert.That((Purposes)reading.Signal.Stated, Is.EqualTo(mayHoldTc ? Purposes.All : Purposes.Activate));
        Assert.That(reading.Signal.Granted, Is.Zero);
        Assert.That(reading.ReasonOf(Purposes.Activate), Is.EqualTo(SignalReason.GppRefused).Or.EqualTo(SignalReason.StringRefused));
    }

    [Test]
    public void In_the_united_states_a_choice_against_opting_out_permits_activation_and_a_tc_string_may_still_forbid_it()
    {
        // The section of California: neither sale nor sharing opted out.
        const string clear = "DBABBg~BVoAAABA";
        var forbids = new TcText { PublisherConsents = [5] }.ToString();

        Assert.That(Read(gpp: clear, region: "US-CA").ReasonOf(Purposes.Activate), Is.EqualTo(SignalReason.NotOptedOut));
        Assert.That(Grants(Read(gpp: clear, region: "US-CA"), Purposes.Activate));
        Assert.That(Read(gpp: clear, region: "DE"), Is.EqualTo(default(ConsentReading)));
        Assert.That(Read(forbids, clear, "US-CA").ReasonOf(Purposes.Activate), Is.EqualTo(SignalReason.NoPublisherConsent));
        Assert.That(Grants(Read(gpp: clear, region: "US-CA", gpc: true), Purposes.Activate), Is.False);
    }

    [Test]
    public void The_tc_string_inside_gpp_is_heard_and_the_newer_of_two_counts()
    {
        var old = new TcText { UpdatedMs = NowMs - (2L * 86_400_000), PublisherConsents = [5] }.ToString();
        var recent = new TcText { UpdatedMs = NowMs - 86_400_000, PublisherConsents = [6] }.ToString();

        Assert.That(Grants(Read(gpp: $"DBABMA~{old}"), Purposes.Profile));
        Assert.That(Grants(Read(old, $"DBABMA~{recent}"), Purposes.Personalise));
        Assert.That(Grants(Read(recent, $"DBABMA~{old}"), Purposes.Profile), Is.False);
    }

    private ConsentReading Read(string tc = "", string gpp = "", string? region = null, bool gpc = false) =>
        new ConsentStrings(Options.Create(_options), _vendors).Read(Encoding.UTF8.GetBytes(tc), Encoding.UTF8.GetBytes(gpp), region, gpc, NowMs);

    private static bool Grants(ConsentReading reading, Purposes purpose) => (reading.Signal.Granted & (byte)purpose) != 0;

    private static VendorList ListWith(int id, int purposes) => new(
        1, 5, 0, [new Vendor { Id = id, Consent = new(1UL << purposes), DeletedAtMs = long.MaxValue }]);
}
