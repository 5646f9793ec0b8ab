using System.Text.Json;
using NUnit.Framework;
using Personalization.Consent.Domain;
using Personalization.Consent.Domain.Tcf;
using Personalization.Consent.Domain.Vendors;
using Personalization.Tests.Support;

namespace Personalization.Tests.Consent.Tcf;

/// <summary>Every question "may this vendor, may this publisher" is answered with the expected answer, basis and reason.</summary>
public class TcDecisionVectorTests
{
    /// <summary>Not within the tests: a group of assertions cannot skip.</summary>
    [SetUp]
    public void SkipWithoutVectors() => SharedVectors.Find("tcf", "decisions.json");

    [Test]
    public void Every_question_is_answered_with_its_reason() => Assert.Multiple(() =>
    {
        var questions = TcVectors.Decisions;
        var meta = questions.GetProperty("meta");
        var nowMs = meta.GetProperty("now").GetDateTimeOffset().ToUnixTimeMilliseconds();
        var rules = TcRules.Default with { MaxAgeDays = meta.GetProperty("maxAgeDays").GetInt32() };
        Assert.That(VendorListReader.TryRead(TcVectors.VendorList, out var list, out var error), error);

        foreach (var @case in questions.GetProperty("cases").EnumerateArray())
        {
            Assert.That(TcString.Read(TcVectors.TextOf(@case), out var tc), Is.EqualTo(TcStatus.Read));
            foreach (var question in @case.GetProperty("questions").EnumerateArray())
            {
                var decision = Ask(tc, list, rules, question, nowMs);

                var expected = question.GetProperty("expected");
                Assert.That(
                    (decision.IsAllowed, NameOf(decision.Basis), SignalReasons.NameOf(decision.Reason)),
                    Is.EqualTo((expected.GetProperty("allowed").GetBoolean(), expected.GetProperty("basis").GetString(), expected.GetProperty("reason").GetString())),
                    $"{@case.GetProperty("id")} {question.GetRawText()}");
            }
        }
    });

    private static TcDecision Ask(in TcString tc, VendorList? list, TcRules rules, JsonElement question, long nowMs)
    {
        var id = question.GetProperty("id").GetInt32();
        var vendor = question.TryGetProperty("vendorId", out var value) ? value.GetInt32() : 0;
        return question.GetProperty("kind").GetString() switch
        {
            "purpose" => VendorDecisions.MayProcess(tc, list, rules, vendor, id, nowMs),
            "specialFeature" => VendorDecisions.MayUseSpecialFeature(tc, list, rules, vendor, id, nowMs),
            "specialPurpose" => VendorDecisions.MayUseSpecialPurpose(tc, list, rules, vendor, id, nowMs),
            "publisher" => PublisherDecisions.MayProcess(tc, rules, id, BasisOf(question), nowMs),
            "publisherCustom" => PublisherDecisions.MayProcessCustom(tc, rules, id, BasisOf(question), nowMs),
            var kind => throw new InvalidOperationException($"Questions of the kind {kind} are not known"),
        };
    }

    private static LegalBasis BasisOf(JsonElement question) =>
        question.GetProperty("configuredBasis").GetString() == "consent" ? LegalBasis.Consent : LegalBasis.LegitimateInterest;

    private static string? NameOf(LegalBasis basis) => basis switch
    {
        LegalBasis.Consent => "consent",
        LegalBasis.LegitimateInterest => "legitimateInterest",
        LegalBasis.OptIn => "optin",
        _ => null,
    };
}
