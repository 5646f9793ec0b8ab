using System.Text;
using NUnit.Framework;
using Personalization.Consent.Domain;
using Personalization.Consent.Domain.Gpp;
using Personalization.Tests.Consent.Tcf;

namespace Personalization.Tests.Consent.Gpp;

/// <summary>Sale, sharing, targeted advertising: any applicable no is a no; nothing applicable is no answer.</summary>
public class UsPrivacyTests
{
    private const string NationalHeader = "DBABLA~";
    private const string BothHeader = "DBABrw~";

    [TestCase(2, 2, 2, 2, SignalReason.NotOptedOut)]
    [TestCase(1, 2, 2, 2, SignalReason.OptedOutOfSale)]
    [TestCase(2, 1, 2, 2, SignalReason.OptedOutOfSharing)]
    [TestCase(2, 2, 1, 2, SignalReason.OptedOutOfTargetedAdvertising)]
    [TestCase(2, 2, 2, 1, SignalReason.KnownChild)]
    [TestCase(3, 2, 2, 2, SignalReason.OptedOutOfSale, TestName = "An illegal value is an opt-out")]
    [TestCase(0, 2, 2, 0, SignalReason.NotStated, TestName = "What was not applicable was not asked")]
    public void The_national_section_is_heeded(int sale, int sharing, int advertising, int child, object expected)
    {
        Assert.That(Ask(NationalHeader + National(sale, sharing, advertising, child), "US-WY"), Is.EqualTo(expected));
    }

    [Test]
    public void The_section_of_the_state_takes_the_place_of_the_national_one()
    {
        var text = BothHeader + National(1, 1, 1, 0) + "~" + California(sale: 2, sharing: 2);

        Assert.That(Ask(text, "us-ca"), Is.EqualTo(SignalReason.NotOptedOut));
        Assert.That(Ask(text, "US-NY"), Is.EqualTo(SignalReason.OptedOutOfSale), "New York has no section of its own");
    }

    [TestCase("US")]
    [TestCase(null)]
    public void Where_the_state_is_not_known_every_section_may_forbid_and_none_permits(string? region)
    {
        Assert.That(
            Ask(BothHeader + National(2, 2, 2, 0) + "~" + California(sale: 2, sharing: 1), region), Is.EqualTo(SignalReason.OptedOutOfSharing));
        Assert.That(Ask(BothHeader + National(2, 2, 2, 0) + "~" + California(sale: 2, sharing: 2), region), Is.EqualTo(SignalReason.NotStated));
    }

    [Test]
    public void Elsewhere_the_sections_of_the_united_states_say_nothing()
    {
        Assert.That(Ask(NationalHeader + National(1, 1, 1, 0), "DE"), Is.EqualTo(SignalReason.NotStated));
    }

    [Test]
    public void Global_privacy_control_counts_from_the_section_and_from_the_request()
    {
        Assert.That(Ask(NationalHeader + National(2, 2, 2, 0) + ".YA", "US-WY"), Is.EqualTo(SignalReason.GlobalPrivacyControl));
        Assert.That(Ask(NationalHeader + National(2, 2, 2, 0) + ".QA", "US-WY"), Is.EqualTo(SignalReason.NotOptedOut));
        Assert.That(Ask("", "DE", gpc: true), Is.EqualTo(SignalReason.GlobalPrivacyControl));
    }

    [TestCase("1YYN", SignalReason.UsOptedOutInUspV1)]
    [TestCase("1YNN", SignalReason.NotStated)]
    [TestCase("1---", SignalReason.NotStated)]
    public void The_us_privacy_string_can_only_forbid(string usp, object expected)
    {
        Assert.That(Ask("DBABTA~" + usp, "US-CA"), Is.EqualTo(expected));
    }

    [Test]
    public void Sensitive_data_needs_consent_and_in_california_no_limitation()
    {
        UsSection.Read(7, Encoding.ASCII.GetBytes(National(2, 2, 2, 0, sensitive: 0)), out var silent);
        UsSection.Read(7, Encoding.ASCII.GetBytes(National(2, 2, 2, 0, sensitive: 2)), out var consenting);
        UsSection.Read(8, Encoding.ASCII.GetBytes(California(2, 2, sensitive: 0)), out var unlimited);
        UsSection.Read(8, Encoding.ASCII.GetBytes(California(2, 2, sensitive: 1)), out var limited);

        Assert.That(UsPrivacy.MayProcessSensitive(silent, 0), Is.False);
        Assert.That(UsPrivacy.MayProcessSensitive(consenting, 15));
        Assert.That(UsPrivacy.MayProcessSensitive(consenting, 16), Is.False, "there is no such category");
        Assert.That(UsPrivacy.MayProcessSensitive(unlimited, 0));
        Assert.That(UsPrivacy.MayProcessSensitive(limited, 0), Is.False);
    }

    private static object Ask(string text, string? region, bool gpc = false)
    {
        var status = GppString.Read(Encoding.ASCII.GetBytes(text), out var gpp);
        Assert.That(status, Is.EqualTo(text.Length == 0 ? GppStatus.Empty : GppStatus.Read));
        return UsPrivacy.SaleOrSharing(gpp, region, gpc);
    }

    private static string National(int sale, int sharing, int advertising, int child, int sensitive = 0) => TcText.Encode(
        TcText.Bits(2, 6) + Twos(1, 6) + Twos(sale, 1) + Twos(sharing, 1) + Twos(advertising, 1) + Twos(sensitive, 16) + Twos(child, 3) + Twos(0, 1) + Twos(1, 3));

    private static string California(int sale, int sharing, int sensitive = 0) => TcText.Encode(
        TcText.Bits(1, 6) + Twos(1, 3) + Twos(sale, 1) + Twos(sharing, 1) + Twos(sensitive, 9) + Twos(0, 2) + Twos(0, 1) + Twos(1, 3));

    private static string Twos(int value, int count) => string.Concat(Enumerable.Repeat(TcText.Bits(value, 2), count));
}
