using NUnit.Framework;
using Personalization.Decisioning.Contracts;
using Personalization.Decisioning.Domain;
using Personalization.Decisioning.Domain.Candidates;
using Personalization.Decisioning.Domain.Journal;

namespace Personalization.Tests.Decisioning.Rankers;

/// <summary>Candidates of several parts side by side, in an order that a ranker finds.</summary>
[FixtureLifeCycle(LifeCycle.InstancePerTestCase)]
internal sealed class BlendingTests
{
    [Test]
    public void An_item_that_several_parts_propose_is_one_candidate_with_the_evidence_of_all()
    {
        var filter = new ItemFilter();
        var features = new FeatureTable();
        var slate = new Slate(filter, features);
        slate.Begin(limit: 3, pool: 10);
        slate.BeginGathering(quota: 4);
        slate.BeginPart(1);
        slate.Add([new(7, 1, -1), new(8, 0.5f, 1)], ReasonCode.SimilarSessions);
        slate.BeginPart(2);
        slate.Add([new(8, 10, -1), new(9, 5, -1), new(10, 4, -1), new(11, 3, -1), new(12, 2, -1)], ReasonCode.Popular);
        slate.EndGathering();

        Assert.Multiple(() =>
        {
            Assert.That(slate.Entries.ToArray().Select(entry => entry.Item), Is.EqualTo((int[])[7, 8, 9, 10, 11]), "each part its four");
            Assert.That(slate.Entries.ToArray().Select(entry => entry.Reason).Take(3), Is.EqualTo((ReasonCode[])[ReasonCode.SimilarSessions, ReasonCode.SimilarSessions, ReasonCode.Popular]));
            Assert.That(features[1][..2].ToArray(), Is.EqualTo((byte[])[128, 255]), "half of the first part's best, the second part's best");
            Assert.That(features[2][..2].ToArray(), Is.EqualTo((byte[])[0, 128]));
            Assert.That(slate.Entries.ToArray().Select(entry => entry.Score), Is.Ordered.Descending);
            Assert.That(filter.IsExcluded(9), Is.True, "the baseline does not add it once more");
        });
    }

    [Test]
    public void A_ranked_answer_is_whole_and_says_which_parts_are_in_it()
    {
        var shop = new RankedShop();
        var answer = shop.Ask();

        Assert.Multiple(() =>
        {
            Assert.That(answer.Items, Has.Count.EqualTo(20));
            Assert.That(answer.Items.Select(item => item.Id), Is.Unique);
            Assert.That(answer.Items.Select(item => item.Score), Is.Ordered.Descending);
            Assert.That(answer.Parts, Does.Contain("similar_sessions").And.All.AnyOf("similar_sessions", "viewed_together", "bought_together", "affinity", "popular", "new_arrival"));
            Assert.That(answer.MissingParts, Is.Empty);
            Assert.That(answer.FallbackReason, Is.Null);
        });
    }

    [Test]
    public void A_ranker_that_has_learnt_changes_the_answer()
    {
        var shop = new RankedShop(options => options.Exploration = 0);
        var before = shop.Ask().Items.Select(item => item.Id).ToList();
        Assert.That(shop.Ask().Items.Select(item => item.Id), Is.EqualTo(before), "without chance the same");

        var record = shop.Journal.Kept[0];
        var last = record.Answer[^1];
        var shown = record.Answer.ToArray();
        var features = shown.SelectMany(entry => record.Ranking!.Features[entry.Row - 1]).ToArray();
        for (var i = 1; i < 200; i++)
        {
            // Of all that is seen only the last one is wanted.
            shop.Waiting.Add(new((UInt128)(ulong)i, "for-you", FakeShop.Start, [.. shown.Select(entry => entry.Item)], features));
            shop.Waiting.Seen((UInt128)(ulong)i, []);
            shop.Waiting.Came((UInt128)(ulong)i, 3, last.Item, OutcomeKind.Ordered);
        }

        Assert.That(shop.Ask().Items.Select(item => item.Id).ToList().IndexOf(shop.Shop.IdOf(last.Item)), Is.LessThan(15), "it was the last of twenty");
    }

    [Test]
    public void Chance_differs_from_decision_to_decision()
    {
        var shop = new RankedShop();
        Assert.That(Enumerable.Range(0, 10).Select(_ => string.Join(' ', shop.Ask().Items.Select(item => item.Id))).Distinct().Count(), Is.GreaterThan(1));
    }

    [Test]
    public void Diversity_mixes_categories_and_leaves_the_best_first()
    {
        var plain = new RankedShop(options => options.Exploration = 0).Ask();
        var mixed = new RankedShop(options => (options.Exploration, options.Diversity) = (0, 0.7)).Ask();

        Assert.Multiple(() =>
        {
            Assert.That(mixed.Items[0].Id, Is.EqualTo(plain.Items[0].Id));
            Assert.That(mixed.Items.Take(5).Select(CategoryOf).Distinct().Count(), Is.EqualTo(5));
            Assert.That(mixed.Items.Select(item => item.Id), Is.Unique);
            Assert.That(mixed.Items.Select(item => item.Score), Is.Ordered.Descending);
        });
    }

    [Test]
    public void Novelty_brings_up_what_is_little_known()
    {
        var shop = new RankedShop();
        var plain = new RankedShop(options => options.Exploration = 0).Ask();
        var novel = new RankedShop(options => (options.Exploration, options.Novelty) = (0, 1)).Ask();

        Assert.That(novel.Items.Average(Popularity), Is.LessThan(plain.Items.Average(Popularity)));

        double Popularity(RecommendedItem item) => shop.Shop.Models.Popularity.ShareOf(shop.Shop.Find(item.Id));
    }

    [Test]
    public void A_ranked_and_written_decision_allocates_no_more_than_its_answer()
    {
        var shop = new RankedShop(options => (options.Diversity, options.Novelty) = (0.3, 0.1));
        shop.Journal.IsOn = false;
        for (var i = 0; i < 50; i++)
        {
            shop.Ask();
        }

        var request = new RecommendationRequest { Placement = "for-you", UserId = "u0" };
        var before = GC.GetAllocatedBytesForCurrentThread();
        shop.Personalizer.Recommend(request);
        var allocated = GC.GetAllocatedBytesForCurrentThread() - before;

        TestContext.Out.WriteLine($"{allocated} bytes, {shop.Journal.Bytes} written down");
        Assert.That(allocated, Is.LessThanOrEqualTo(DecisionBudgetTests.AnswerBudget));
    }

    private static int CategoryOf(RecommendedItem item) => int.Parse(item.Id[1..]) / 20;
}
