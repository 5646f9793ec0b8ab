using NUnit.Framework;
using Personalization.Decisioning.Contracts;
using Personalization.Decisioning.Domain;
using Personalization.Decisioning.Pipeline;
using Personalization.Kernel.Privacy;
using Personalization.Tests.Support;
using Personalization.Tracking.Contracts;

namespace Personalization.Tests.Decisioning;

[FixtureLifeCycle(LifeCycle.InstancePerTestCase)]
public sealed class DecisioningStateTests
{
    private readonly FakeShop _shop = new();

    [Test]
    public void A_restart_gives_the_same_answers()
    {
        var state = new DecisioningState(_shop.Models);
        var rows = new CheckpointRows();
        var random = new Random(5);
        for (var i = 0; i < 6000; i++)
        {
            _shop.Send(EventKind.ProductViewed, random.Next(1500), 1, FakeShop.Start + (i * 1000L), random.Next(FakeShop.Items));
            if (i % 50 == 0)
            {
                _shop.Send(EventKind.OrderCompleted, random.Next(1500), 1, FakeShop.Start + (i * 1000L), random.Next(50), random.Next(50), random.Next(50));
            }

            if (i % 1500 == 0)
            {
                rows.Take(state); // Several checkpoints, each of what changed.
            }
        }

        rows.Take(state);
        _shop.Models.Popularity.Rebuild();

        var restarted = new FakeShop();
        new DecisioningState(restarted.Models).Load(rows);

        foreach (var placement in new[] { "for-you", "similar", "bought-together", "trending", "popular" })
        {
            for (var item = 0; item < 60; item++)
            {
                var request = new RecommendationRequest { Placement = placement, Items = [$"i{item}", $"i{item + 7}"] };
                Assert.That(restarted.Personalizer().Recommend(request)!.Items, Is.EqualTo(_shop.Personalizer().Recommend(request)!.Items), placement);
            }
        }
    }

    [Test]
    public void A_restarted_session_goes_on_where_it_was()
    {
        _shop.Session(3, 1, 2);
        var rows = new CheckpointRows().Take(new DecisioningState(_shop.Models));
        var restarted = new FakeShop();
        new DecisioningState(restarted.Models).Load(rows);

        restarted.Session(3, 4);

        var items = new int[8];
        var count = restarted.Models.Sessions.CopyNewest(restarted.Models.Sessions.Find(3, 1), items);
        Assert.That(items.Take(count), Is.EqualTo((int[])[1, 2, 4]));
    }

    [Test]
    public void Nothing_is_written_twice_when_nothing_changed()
    {
        var state = new DecisioningState(_shop.Models);
        _shop.Session(3, 1, 2);
        _ = new CheckpointRows().Take(state);

        var again = new CheckpointRows().Take(state);

        Assert.That((again.CountOf(1), again.CountOf(2), again.CountOf(4), again.CountOf(8)), Is.EqualTo((0, 0, 0, 0)));
    }

    [Test]
    public void A_smaller_bound_after_a_restart_keeps_the_newest_sessions()
    {
        var large = new SessionIndex(4096, 64, 100);
        for (var profile = 1; profile <= 3000; profile++)
        {
            large.Learn(profile, 1, profile % 100, profile);
        }

        var rows = new CheckpointRows().Take(new IndexAlone(large));
        var small = new SessionIndex(1024, 16, 100);
        var state = new IndexAlone(small);
        state.Load(rows);
        rows.Take(state);

        Assert.Multiple(() =>
        {
            Assert.That(small.Find(3000, 1), Is.EqualTo(3000));
            Assert.That(small.Find(100, 1), Is.Zero);
            Assert.That(rows.CountOf(1), Is.LessThanOrEqualTo(1024));
        });
    }

    [Test]
    public async Task Erasing_a_shopper_removes_the_rows_of_the_sessions()
    {
        var state = new DecisioningState(_shop.Models);
        _shop.Session(3, 1, 2);
        _shop.Session(4, 1, 2);
        var rows = new CheckpointRows().Take(state);

        var erased = await state.EraseAsync(new ErasureSubject(new HashSet<int> { 3 }, [], new HashSet<UInt128>()), CancellationToken.None);
        rows.Take(state);

        Assert.Multiple(() =>
        {
            Assert.That(erased, Is.EqualTo(1));
            Assert.That(rows.CountOf(1), Is.EqualTo(1));
        });
    }

    private sealed class IndexAlone(SessionIndex index) : Personalization.Kernel.Checkpoints.ICheckpointed
    {
        public string FileName => "alone";

        public int Version => 1;

        public void Load(Personalization.Kernel.Checkpoints.CheckpointReader reader) => index.Load(reader, 1);

        public void Collect(Personalization.Kernel.Checkpoints.CheckpointWriter writer) => index.Collect(writer, 1);
    }
}
