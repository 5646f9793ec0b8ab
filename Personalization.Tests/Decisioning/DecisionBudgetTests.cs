using NUnit.Framework;
using Personalization.Decisioning.Contracts;

namespace Personalization.Tests.Decisioning;

/// <summary>What one in-process decision may allocate: the answer, and nothing on the way to it.</summary>
[FixtureLifeCycle(LifeCycle.InstancePerTestCase)]
public sealed class DecisionBudgetTests
{
    /// <summary>The record (two lists of parts in it), and an array of 20 items of 32 bytes; 100 bytes to spare for the model's name when it has grown.</summary>
    internal const long AnswerBudget = 920;

    [TestCase("for-you")]
    [TestCase("similar")]
    [TestCase("trending")]
    public void A_decision_allocates_no_more_than_its_answer(string placement)
    {
        var shop = new FakeShop();
        var random = new Random(1);
        for (var profile = 1; profile < 500; profile++)
        {
            shop.Session(profile, random.Next(100), random.Next(100), random.Next(100), random.Next(100));
        }

        shop.Models.Popularity.Rebuild();
        shop.HasViewed(0, 1, 2, 3);
        var personalizer = shop.Personalizer();
        var request = new RecommendationRequest { Placement = placement, UserId = "u0" };
        for (var i = 0; i < 50; i++)
        {
            personalizer.Recommend(request);
        }

        var before = GC.GetAllocatedBytesForCurrentThread();
        var answer = personalizer.Recommend(request)!;
        var allocated = GC.GetAllocatedBytesForCurrentThread() - before;

        TestContext.Out.WriteLine($"{placement}: {allocated} bytes");
        Assert.Multiple(() =>
        {
            Assert.That(answer.Items, Has.Count.EqualTo(20));
            Assert.That(allocated, Is.LessThanOrEqualTo(AnswerBudget));
        });
    }
}
