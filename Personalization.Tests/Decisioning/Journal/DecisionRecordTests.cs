using NUnit.Framework;
using Personalization.Decisioning.Contracts;
using Personalization.Decisioning.Domain;
using Personalization.Decisioning.Domain.Candidates;
using Personalization.Decisioning.Domain.Journal;
using Personalization.Decisioning.Domain.Rankers;
using Personalization.Decisioning.Domain.Steps;
using Personalization.Tests.Decisioning.Rankers;

namespace Personalization.Tests.Decisioning.Journal;

/// <summary>What is written down of a decision, and making it once more from that.</summary>
[FixtureLifeCycle(LifeCycle.InstancePerTestCase)]
internal sealed class DecisionRecordTests
{
    [Test]
    public void A_decision_is_written_down_with_all_that_led_to_it()
    {
        var shop = new RankedShop();
        var answer = shop.Ask();
        var record = shop.Journal.Kept[0];

        Assert.Multiple(() =>
        {
            Assert.That((record.Id, record.Placement, record.Kind, record.Limit), Is.EqualTo((answer.DecisionId, "for-you", PlacementKind.ForYou, 20)));
            Assert.That(record.ProfileId, Is.Zero);
            Assert.That(record.Session, Is.EqualTo((int[])[1, 2, 3]));
            Assert.That(record.Consent, Is.EqualTo(answer.Consent));
            Assert.That(record.ModelVersion, Is.EqualTo(answer.ModelVersion));
            Assert.That(record.Visits.Select(visit => visit.Code), Is.EqualTo((string[])["next_purchases", "similar_sessions", "next_purchases", "viewed_together", "bought_together", "affinity", "popular_here", "popular", "new_arrival"]));
            Assert.That(record.Visits.Select(visit => visit.State), Is.All.EqualTo(VisitState.Done));
            Assert.That(record.States.Select(state => state.Step), Is.EqualTo((string?[])[null, "online_ranker"]));
            Assert.That(record.States[0].Entries, Has.Length.GreaterThan(20));
            Assert.That(record.Answer.ToArray().Select(entry => shop.Shop.IdOf(entry.Item)), Is.EqualTo(answer.Items.Select(item => item.Id)));
            Assert.That(record.Answer.ToArray().Select(entry => entry.Score), Is.EqualTo(answer.Items.Select(item => item.Score)));
            Assert.That(record.Ranking!.Features, Has.Length.EqualTo(record.States[0].Entries.Length));
            Assert.That(record.IsCut, Is.False);
        });
    }

    [TestCase(0, 0)]
    [TestCase(0.5, 0)]
    [TestCase(0.3, 0.4)]
    public void A_decision_made_once_more_comes_to_the_same_answer(double diversity, double novelty)
    {
        var shop = new RankedShop(options => (options.Diversity, options.Novelty) = (diversity, novelty));
        shop.Ask();
        var (record, ranker) = (shop.Journal.Kept[0], shop.Journal.Ranker);

        // The models have moved on meanwhile; the record has not.
        shop.Shop.Session(900, 50, 51, 52);
        shop.Shop.Models.Popularity.Rebuild();
        shop.Shop.SoldOut.Add(record.Answer[0].Item);
        var repeated = shop.Personalizer.Repeat(record, ranker);

        Assert.Multiple(() =>
        {
            Assert.That(repeated.IsSame, Is.True);
            Assert.That(repeated.Steps.Where(step => step.Step != "proposed").Select(step => (step.IsRepeated, step.IsSame)), Is.Not.Empty.And.All.EqualTo((true, true)));
        });
    }

    [Test]
    public void Another_ranker_is_told_from_the_one_that_decided()
    {
        var shop = new RankedShop();
        shop.Ask();
        var other = new OnlineRanker("for-you", shop.Plan.PartsOf(PlacementKind.Similar), 0.2).Snapshot();

        var repeated = shop.Personalizer.Repeat(shop.Journal.Kept[0], other);

        Assert.That((repeated.IsSame, repeated.Steps[^1].IsSame), Is.EqualTo((false, false)));
    }

    [Test]
    public void What_other_steps_did_is_taken_from_the_record_and_their_notes_with_it()
    {
        var shop = new RankedShop(null, new LastFirst());
        var answer = shop.Ask();
        var record = shop.Journal.Kept[0];
        var repeated = shop.Personalizer.Repeat(record, shop.Journal.Ranker);

        Assert.Multiple(() =>
        {
            Assert.That(repeated.IsSame, Is.True);
            Assert.That(repeated.Steps.Single(step => step.Step == "last_first").IsRepeated, Is.False);
            Assert.That(record.Notes.Single(), Is.EqualTo(new RecordedNote("last_first", "moved", "rule-1", record.Answer[0].Item, 1)));
            Assert.That(answer.Items[0].Id, Is.EqualTo(shop.Shop.IdOf(record.Answer[0].Item)));
        });
    }

    [Test]
    public void A_broken_record_is_refused_whatever_is_missing()
    {
        var shop = new RankedShop();
        var buffer = new RecordBuffer();
        shop.Ask();
        var context = new DecisionContext(shop.Shop, shop.Steps);
        context.Begin(new RecommendationRequest { Placement = "for-you" }, Placement.From("for-you", new()), shop.Shop.Clock.GetUtcNow(), 20, default);
        context.Trail.Begin(isKept: true);
        DecisionRecord.Write(context, shop.Ask(), shop.Plan, [], buffer);
        var bytes = buffer.Bytes.ToArray();

        Assert.That(DecisionRecord.Read(bytes).Placement, Is.EqualTo("for-you"));
        for (var length = 0; length < bytes.Length; length++)
        {
            Assert.That(() => DecisionRecord.Read(bytes.AsSpan(0, length)), Throws.InstanceOf<Exception>(), $"{length} bytes");
        }
    }

    [Test]
    public void A_held_placement_is_written_down_too()
    {
        var shop = new FakeShop();
        var plan = CandidatePlan.Create(shop.Models, shop.Options, shop);
        var journal = new FakeJournal(plan, []);
        var answer = shop.Personalizer(plan, journal, []).Recommend(new RecommendationRequest { Placement = "new" })!;

        Assert.That(shop.IdOf(journal.Kept[0].Answer[0].Item), Is.EqualTo(answer.Items[0].Id));
    }

    private sealed class LastFirst : IDecisionStep
    {
        public DecisionPhase Phase => DecisionPhase.Arrange;

        public string Name => "last_first";

        public void Apply(DecisionContext context, object? scratch)
        {
            var entries = context.Slate.Entries;
            (entries[0], entries[^1]) = (entries[^1], entries[0]);
            entries[0].Score = 1;
            context.Note("moved", "rule-1", entries[0].Item, 1);
        }
    }
}
