using NUnit.Framework;
using Personalization.Decisioning.Domain.Governance;

namespace Personalization.Tests.Decisioning.Governance;

public sealed class PolicyRulesTests
{
    [Test]
    public void A_complete_policy_may_decide()
    {
        Assert.That(PolicyRules.FaultsOf(SomePolicy.Complete()), Is.Empty);
        Assert.That(PolicyRules.WhyNotActive(SomePolicy.Complete()), Is.Null);
    }

    [Test]
    public void An_empty_one_names_everything_that_is_missing()
    {
        var faults = PolicyRules.FaultsOf(new Policy());

        Assert.That(faults, Has.Count.EqualTo(4));
        Assert.That(string.Join(' ', faults), Does.Contain("owner").And.Contain("purpose").And.Contain("legalBasis").And.Contain("riskClass"));
    }

    [Test]
    public void One_question_without_an_answer_keeps_it_from_deciding()
    {
        var policy = SomePolicy.Complete();

        Assert.That(PolicyRules.WhyNotActive(policy with { Screening = [.. policy.Screening.Skip(1)] }), Does.Contain(policy.Screening[0].Question));
    }

    [Test]
    public void Every_prohibited_practice_keeps_it_from_deciding_whatever_its_class([Values("minimal", "high")] string riskClass)
    {
        foreach (var question in ScreeningQuestions.All.Where(question => question.Consequence == ScreeningConsequence.Prohibited))
        {
            Assert.That(PolicyRules.WhyNotActive(SomePolicy.Complete(riskClass, question.Code)), Does.Contain(question.Law));
        }
    }

    [Test]
    public void What_is_of_high_risk_must_say_so()
    {
        foreach (var question in ScreeningQuestions.All.Where(question => question.Consequence == ScreeningConsequence.High))
        {
            Assert.That(PolicyRules.WhyNotActive(SomePolicy.Complete(RiskClasses.Limited, question.Code)), Does.Contain("must be high"));
            Assert.That(PolicyRules.WhyNotActive(SomePolicy.Complete(RiskClasses.High, question.Code)), Is.Null);
        }
    }

    [Test]
    public void A_personalised_price_is_stated_in_both_places()
    {
        Assert.That(PolicyRules.WhyNotActive(SomePolicy.Complete(RiskClasses.Minimal, ScreeningQuestions.PersonalisedPrice)), Is.Null);
        Assert.That(PolicyRules.WhyNotActive(SomePolicy.Complete() with { AffectsPrices = true }), Does.Contain("contradict"));
    }

    [Test]
    public void Profiling_needs_an_assessment_and_a_required_one_needs_its_reference_and_date()
    {
        var policy = SomePolicy.Complete();

        Assert.Multiple(() =>
        {
            Assert.That(PolicyRules.WhyNotActive(policy with { Dpia = null }), Does.Contain("DPIA"));
            Assert.That(PolicyRules.WhyNotActive(policy with { Dpia = policy.Dpia! with { Reference = null } }), Does.Contain("reference"));
            Assert.That(PolicyRules.WhyNotActive(policy with { Dpia = policy.Dpia! with { ConductedOn = null } }), Does.Contain("date"));
            Assert.That(PolicyRules.WhyNotActive(policy with { UsesProfile = false, Dpia = null }), Is.Null);
        });
    }

    [TestCase("placement:for-you", true)]
    [TestCase("model:session-knn@1", true)]
    [TestCase("rules:", false)]
    [TestCase("for-you", false)]
    [TestCase("placement:for you", false)]
    [TestCase("placement:../x", false)]
    public void An_id_tells_what_kind_of_thing_decides(string id, bool isId) => Assert.That(PolicyRules.IsId(id), Is.EqualTo(isId));

    [Test]
    public void Unknown_purposes_questions_and_repeated_answers_are_faults()
    {
        var policy = SomePolicy.Complete() with
        {
            Purposes = ["spy"],
            TcfPurposes = [12],
            Screening = [new("ai-act-5-1-a", false, "No."), new("ai-act-5-1-a", true, "Yes."), new("no-such-law", false, "No.")],
        };

        Assert.That(PolicyRules.FaultsOf(policy), Has.Count.EqualTo(4));
    }
}
