using NUnit.Framework;
using Personalization.Decisioning;
using Personalization.Decisioning.Contracts;
using Personalization.Decisioning.Domain;
using Personalization.Decisioning.Pipeline;
using Personalization.Features.Contracts;
using Personalization.Kernel.Checkpoints;
using Personalization.Tests.Support;
using Personalization.Tracking.Contracts;

namespace Personalization.Tests.Decisioning;

public sealed class ContextPopularityTests
{
    private const long Hour = 3_600_000;
    private static readonly long Midnight = FakeShop.Start - (FakeShop.Start % (24 * Hour));

    [Test]
    public void What_an_hour_buys_more_than_the_day_comes_first_in_it()
    {
        var model = new ContextPopularity(PopularityContexts.KeysOf(new ModelTrainingOptions()), TimeSpan.FromDays(7), 1000);
        for (var i = 0; i < 30; i++)
        {
            model.Learn([8], item: 1, 1, Midnight + (8 * Hour));
            model.Learn([20], item: 1, 1, Midnight + (20 * Hour));
            model.Learn([20], item: 2, 1, Midnight + (20 * Hour));
        }

        model.Rebuild();

        Assert.That(Items(model, 20), Is.EqualTo(new[] { 2, 1 }));
        Assert.That(Items(model, 8), Is.EqualTo(new[] { 1 }));
        Assert.That(Items(model, 3), Is.Empty);
    }

    [Test]
    public void An_hour_is_that_of_the_shops_time_zone()
    {
        var contexts = new PopularityContexts(new ModelTrainingOptions { TimeZone = "Europe/Berlin" });

        Assert.That(contexts.HourOf(new DateTimeOffset(2026, 1, 1, 23, 30, 0, TimeSpan.Zero).ToUnixTimeMilliseconds()), Is.Zero);
        Assert.That(contexts.HourOf(new DateTimeOffset(2026, 7, 1, 23, 30, 0, TimeSpan.Zero).ToUnixTimeMilliseconds()), Is.EqualTo(1));
    }

    [Test]
    public void A_shopper_of_a_segment_is_shown_what_is_popular_in_it_and_others_what_is_popular()
    {
        var training = new ModelTrainingOptions();
        training.PopularitySegments.Add("anglers");
        var shop = new FakeShop(training: training, segments: new Anglers());
        var stage = new LearnStage(shop.Models);
        for (var i = 0; i < 20; i++)
        {
            stage.Apply(shop.Event(EventKind.ProductViewed, 1, 0, FakeShop.Start, 77));
            stage.Apply(shop.Event(EventKind.ProductViewed, 2, 0, FakeShop.Start, 55));
            stage.Apply(shop.Event(EventKind.ProductViewed, 4, 0, FakeShop.Start, 55));
        }

        shop.Models.Popularity.Rebuild();
        shop.Models.ContextPopularity.Rebuild();
        shop.Views[3] = shop.Views[4] = view => view.LastEventMs = FakeShop.Start;
        var personalizer = shop.Personalizer();

        var angler = personalizer.Recommend(new RecommendationRequest { Placement = "for-you", UserId = "u3" })!.Items[0];
        var other = personalizer.Recommend(new RecommendationRequest { Placement = "for-you", UserId = "u4" })!.Items[0];

        Assert.That((angler.Id, angler.Reason), Is.EqualTo(("i77", ReasonCode.PopularHere)));
        Assert.That((other.Id, other.Reason), Is.EqualTo(("i55", ReasonCode.Popular)));
    }

    [Test]
    public void A_checkpoint_keeps_each_segments_list_with_its_segment()
    {
        var (before, after) = (new ModelTrainingOptions(), new ModelTrainingOptions());
        before.PopularitySegments.Add("anglers");
        after.PopularitySegments.Add("campers");
        after.PopularitySegments.Add("anglers");
        var model = new ContextPopularity(PopularityContexts.KeysOf(before), TimeSpan.FromDays(7), 1000);
        model.Learn([5, ContextPopularity.Hours], item: 9, 1, Midnight);

        var restored = new ContextPopularity(PopularityContexts.KeysOf(after), TimeSpan.FromDays(7), 1000);
        new State(restored).Load(new CheckpointRows().Take(new State(model)));

        Assert.That((Items(restored, 5), Items(restored, ContextPopularity.Hours), Items(restored, ContextPopularity.Hours + 1)), Is.EqualTo((new[] { 9 }, Array.Empty<int>(), new[] { 9 })));
    }

    private static int[] Items(ContextPopularity model, int context) => [.. model.Of(context).ToArray().Select(scored => scored.Item)];

    /// <summary>Odd shoppers are in it.</summary>
    private sealed class Anglers : ISegments
    {
        public int Find(ReadOnlySpan<char> id) => id is "anglers" ? 0 : -1;

        public string IdOf(int segment) => "anglers";

        public bool IsMember(int segment, int profileId) => profileId % 2 == 1;

        public int Count(int segment) => 1;
    }

    private sealed class State(ContextPopularity model) : ICheckpointed
    {
        public string FileName => "test";

        public int Version => 1;

        public void Load(CheckpointReader reader) => model.Load(reader, 21);

        public void Collect(CheckpointWriter writer) => model.Collect(writer, 21);
    }
}
