using NUnit.Framework;
using Personalization.Decisioning.Domain;
using Personalization.Decisioning.Domain.Models.Sessions;

namespace Personalization.Tests.Decisioning.Models;

public sealed class SessionOrderTests
{
    private static readonly NeighbourWeights Weights = new();

    [Test]
    public void A_shop_whose_sessions_are_paths_follows_what_comes_next()
    {
        var random = new Random(1);
        var index = new SessionIndex(4096, 500, 1024);
        for (var session = 0; session < 1500; session++)
        {
            // From each item one certain step, between things that everybody looks at.
            var path = random.Next(20) * 3;
            int[] items = [200 + random.Next(3), path, path + 1, 200 + random.Next(3), path + 2];
            Learn(index, session, items);
        }

        var order = SessionOrderTrainer.Train(index, Weights, 1024, 7, 9, CancellationToken.None)!;

        Assert.That(order.Power, Is.GreaterThan(0));
        Assert.That((order.Lineage.LogOffset, order.Lineage.AsOfMs), Is.EqualTo((7L, 9L)));
        Assert.That(Train(index).Lineage.Metrics, Is.EqualTo(order.Lineage.Metrics));
    }

    [Test]
    public void Where_what_came_next_says_no_more_than_what_came_along_no_order_is_followed()
    {
        // Two clicks a session, either way round as often as the other: each thing's partners differ in how often they came, not in when.
        var random = new Random(2);
        int[][] sessions = [.. Enumerable.Range(0, 40).SelectMany(hub => Enumerable.Range(0, 5).SelectMany(partner =>
            Enumerable.Range(0, 2 << (4 - partner)).Select(i => i % 2 == 0 ? new[] { hub * 6, (hub * 6) + partner + 1 } : [(hub * 6) + partner + 1, hub * 6])))];
        random.Shuffle(sessions);
        var index = new SessionIndex(4096, 500, 1024);
        foreach (var (session, items) in sessions.Index())
        {
            Learn(index, session, items);
        }

        var order = Train(index);

        Assert.Multiple(() =>
        {
            Assert.That((order.Power, order.PowerWithCurrent), Is.EqualTo((0f, 0f)), string.Join(", ", order.Lineage.Metrics));
            Assert.That(order.Lineage.Metrics["mrr20At0"], Is.GreaterThan(0.5), "else nothing was found at all");
        });
    }

    [Test]
    public void Where_nobody_went_on_from_the_current_item_the_order_stays()
    {
        var index = new SessionIndex(1024, 500, 1024);
        Learn(index, 0, [2, 3, 1]);
        Learn(index, 1, [3, 4, 1]);
        Learn(index, 2, [3, 5, 1]);
        var neighbours = new SessionNeighbours(index, Weights);

        Assert.That(Find(neighbours, 1.5f), Is.EqualTo(Find(neighbours, 0)).And.Not.Empty);
    }

    [Test]
    public void Too_few_sessions_say_nothing()
    {
        var index = new SessionIndex(1024, 500, 1024);
        Learn(index, 0, [1, 2, 3]);

        Assert.That(SessionOrderTrainer.Train(index, Weights, 1024, 0, 0, CancellationToken.None), Is.Null);
    }

    [Test]
    public void The_order_follows_what_was_clicked_right_after_the_current_item_and_nobody_is_lost()
    {
        var index = new SessionIndex(1024, 500, 1024);
        Learn(index, 0, [1, 2, 3]);
        Learn(index, 1, [1, 2, 3]);
        Learn(index, 2, [3, 1, 4]);
        Learn(index, 3, [3, 5]);
        var neighbours = new SessionNeighbours(index, Weights);
        var (plain, ordered) = (Find(neighbours, 0), Find(neighbours, 2));

        Assert.That(ordered, Is.EquivalentTo(plain));
        Assert.That(ordered[0], Is.EqualTo(2));
    }

    private static SessionOrderModel Train(SessionIndex index) => SessionOrderTrainer.Train(index, Weights, 1024, 7, 9, CancellationToken.None)!;

    private static int[] Find(SessionNeighbours neighbours, float power)
    {
        var (room, filter) = (new ScoredItem[20], new ItemFilter());
        filter.Exclude(1);
        return [.. room[..neighbours.Find([1], 0, new NeighbourScratch(), filter, default, room, power)].Select(found => found.Item)];
    }

    private static void Learn(SessionIndex index, int session, int[] items)
    {
        foreach (var item in items)
        {
            index.Learn(session, 1, item, session * 1000L);
        }
    }
}
