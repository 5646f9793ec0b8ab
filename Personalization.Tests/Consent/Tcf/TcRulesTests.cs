using System.Text;
using NUnit.Framework;
using Personalization.Consent.Domain;
using Personalization.Consent.Domain.Tcf;
using Personalization.Consent.Domain.Vendors;

namespace Personalization.Tests.Consent.Tcf;

/// <summary>When a readable string counts, to the millisecond, and what purpose 1 means where nobody is asked for it.</summary>
public class TcRulesTests
{
    private const long DayMs = 86_400_000;
    private static readonly long DeadlineMs = new DateTimeOffset(2026, 3, 1, 0, 0, 0, TimeSpan.Zero).ToUnixTimeMilliseconds();

    [TestCase(0, SignalReason.Ok)]
    [TestCase(-1, SignalReason.StringFromTheFuture)]
    [TestCase(395 * DayMs, SignalReason.Ok)]
    [TestCase((395 * DayMs) + 1, SignalReason.StringExpired)]
    public void A_string_counts_from_its_change_for_thirteen_months(long ageMs, object expected)
    {
        var text = new TcText();

        Assert.That(Check(text, text.UpdatedMs + ageMs), Is.EqualTo(expected));
    }

    [Test]
    public void Disclosed_vendors_are_required_of_strings_changed_since_march_2026()
    {
        var before = new TcText { UpdatedMs = DeadlineMs - DayMs, Disclosed = null };
        var since = new TcText { UpdatedMs = DeadlineMs, Disclosed = null };

        Assert.That(Check(before, DeadlineMs + DayMs), Is.EqualTo(SignalReason.Ok));
        Assert.That(Check(since, DeadlineMs + DayMs), Is.EqualTo(SignalReason.StringDisclosedVendorsMissing));
    }

    [Test]
    public void The_first_reason_is_told_when_there_are_several()
    {
        var text = new TcText { IsServiceSpecific = false, PolicyVersion = 3, Disclosed = null };

        Assert.That(Check(text, text.UpdatedMs + (400 * DayMs)), Is.EqualTo(SignalReason.StringNotServiceSpecific));
        Assert.That(Check(new TcText { PolicyVersion = 3 }, text.UpdatedMs + (400 * DayMs)), Is.EqualTo(SignalReason.StringPolicyVersionTooOld));
        Assert.That(Check(new TcText { PolicyVersion = 4 }, text.UpdatedMs), Is.EqualTo(SignalReason.Ok));
    }

    [Test]
    public void Purpose_1_without_a_question_needs_a_country_that_the_operator_vouches_for()
    {
        var text = new TcText { PurposeOneWasNotDisclosed = true, VendorConsents = [7] };
        var germany = TcRules.Default with { PurposeOneCountries = ["DE"] };

        Assert.That(AskForPurposeOne(text, TcRules.Default), Is.EqualTo((false, false)));
        Assert.That(AskForPurposeOne(text, TcRules.Default with { PurposeOneCountries = ["FR"] }), Is.EqualTo((false, false)));
        Assert.That(AskForPurposeOne(text, germany), Is.EqualTo((true, true)));
        Assert.That(AskForPurposeOne(new TcText { VendorConsents = [7] }, germany), Is.EqualTo((false, false)), "the string must say so itself");
        Assert.That(AskForPurposeOne(new TcText { PurposeOneWasNotDisclosed = true }, germany).Vendor, Is.False, "the vendor needs its consent still");
    }

    [Test]
    public void Legitimate_interest_is_ignored_where_it_is_prohibited()
    {
        var text = new TcText { PublisherInterests = [1, 2, 3, 4, 5, 6, 7] };
        TcString.Read(Encoding.ASCII.GetBytes(text.ToString()), out var tc);

        var allowed = new List<int>();
        for (var purpose = 1; purpose <= 24; purpose++)
        {
            if (PublisherDecisions.MayProcess(tc, TcRules.Default, purpose, LegalBasis.LegitimateInterest, text.UpdatedMs).IsAllowed)
            {
                allowed.Add(purpose);
            }
        }

        Assert.That(allowed, Is.EqualTo(new[] { 2, 7 }));
    }

    [Test]
    public void Without_a_restriction_only_the_default_basis_counts_even_where_it_is_flexible()
    {
        var list = new VendorList(1, 5, 0, [new Vendor { Id = 7, Consent = new(1UL << 2), Flexible = new(1UL << 2), DeletedAtMs = long.MaxValue }]);
        var byInterest = new TcText { PurposeInterests = [2], VendorInterests = [7] };

        Assert.That(Ask(byInterest, list), Is.EqualTo(TcDecision.Deny(SignalReason.NoPurposeConsent, LegalBasis.Consent)));
        Assert.That(
            Ask(new TcText { PurposeInterests = [2], VendorInterests = [7], Restrictions = [(2, 2, [(7, 7)])] }, list),
            Is.EqualTo(TcDecision.Allow(LegalBasis.LegitimateInterest)));
    }

    [Test]
    public void Every_reason_has_a_name_of_its_own()
    {
        Assert.That(Enum.GetValues<SignalReason>().Select(SignalReasons.NameOf), Is.Unique);
    }

    private static TcDecision Ask(TcText text, VendorList list)
    {
        TcString.Read(Encoding.ASCII.GetBytes(text.ToString()), out var tc);
        return VendorDecisions.MayProcess(tc, list, TcRules.Default, 7, 2, text.UpdatedMs);
    }

    private static (bool Vendor, bool Publisher) AskForPurposeOne(TcText text, TcRules rules)
    {
        var list = new VendorList(1, 5, 0, [new Vendor { Id = 7, Consent = new(1UL << 1), DeletedAtMs = long.MaxValue }]);
        TcString.Read(Encoding.ASCII.GetBytes(text.ToString()), out var tc);
        return (
            VendorDecisions.MayProcess(tc, list, rules, 7, 1, text.UpdatedMs).IsAllowed,
            PublisherDecisions.MayProcess(tc, rules, 1, LegalBasis.Consent, text.UpdatedMs).IsAllowed);
    }

    private static SignalReason Check(TcText text, long nowMs)
    {
        Assert.That(TcString.Read(Encoding.ASCII.GetBytes(text.ToString()), out var tc), Is.EqualTo(TcStatus.Read));
        return TcRules.Default.Check(tc, nowMs);
    }
}
