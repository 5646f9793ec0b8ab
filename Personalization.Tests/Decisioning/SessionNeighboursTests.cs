using NUnit.Framework;
using Personalization.Decisioning.Domain;

namespace Personalization.Tests.Decisioning;

[FixtureLifeCycle(LifeCycle.InstancePerTestCase)]
public sealed class SessionNeighboursTests
{
    private readonly ItemFilter _filter = new();
    private readonly NeighbourScratch _scratch = new();

    [Test]
    public void The_next_item_of_similar_sessions_comes_first()
    {
        var index = Index();
        Learn(index, 1, 10, 11);
        Learn(index, 2, 10, 11);
        Learn(index, 3, 10, 12);
        Learn(index, 4, 20, 21);

        var found = Find(index, [10]);

        Assert.That(found, Is.EqualTo((int[])[11, 12]));
    }

    [Test]
    public void A_click_is_known_to_the_very_next_question()
    {
        var index = Index();
        Learn(index, 1, 10, 11);
        Learn(index, 2, 10);

        index.Learn(2, 1, 12, 5);

        Assert.That(Find(index, [10]), Does.Contain(12));
    }

    [Test]
    public void The_own_session_is_no_neighbour()
    {
        var index = Index();
        Learn(index, 1, 10, 11);

        var found = Find(index, [10], index.Find(1, 1));

        Assert.That(found, Is.Empty);
    }

    [Test]
    public void Unknown_items_are_passed_over_and_the_known_ones_still_answer()
    {
        var index = Index();
        Learn(index, 1, 10, 11);

        var found = Find(index, [10, 999_999, 5000]);

        Assert.That(found, Does.Contain(11));
    }

    [Test]
    public void Equal_scores_go_by_item_number_every_time()
    {
        var index = Index();
        Learn(index, 1, 10, 33);
        Learn(index, 2, 10, 31);
        Learn(index, 3, 10, 32);

        var answers = Enumerable.Range(0, 5).Select(_ => Find(index, [10])).ToList();

        Assert.That(answers, Is.All.EqualTo((int[])[31, 32, 33]));
    }

    [Test]
    public void Weights_are_never_negative_even_in_the_longest_sessions()
    {
        var index = Index();
        var items = Enumerable.Range(0, 200).ToArray();
        Learn(index, 1, items);
        Learn(index, 2, items);
        var best = new ScoredItem[100];

        var count = Neighbours(index).Find(items.AsSpan(136), 0, _scratch, _filter, default, best);

        Assert.That(best.Take(count).Select(item => item.Score), Is.All.GreaterThanOrEqualTo(0));
    }

    [Test]
    public void Filtered_items_make_room_for_the_next_best()
    {
        var index = Index();
        Learn(index, 1, 10, 11);
        Learn(index, 2, 10, 12);
        _filter.Exclude(11);

        Assert.That(Find(index, [10]), Is.EqualTo((int[])[12]));
    }

    [Test]
    public void Nobody_having_seen_anything_is_an_empty_answer()
    {
        Assert.That(Find(Index(), [1, 2, 3]), Is.Empty);
    }

    [TestCase(0)]
    [TestCase(1)]
    public void Who_has_clicked_nothing_has_no_neighbours_and_no_next_item(float nextPower)
    {
        var index = Index();
        index.Learn(1, 1, 10, 0, isHistorical: false);
        index.Learn(1, 1, 11, 1, isHistorical: false);
        var best = new ScoredItem[20];

        Assert.That(Neighbours(index).Find([], 0, _scratch, _filter, default, best, nextPower), Is.Zero);
        Assert.That(Neighbours(index).Find([-1], 0, _scratch, _filter, default, best, nextPower), Is.Zero);
    }

    [Test]
    public void A_question_allocates_nothing_once_warm()
    {
        var index = Index();
        for (var profile = 1; profile < 300; profile++)
        {
            Learn(index, profile, profile % 7, profile % 11, profile % 13);
        }

        var neighbours = Neighbours(index);
        var best = new ScoredItem[20];
        int[] session = [3, 4, 5];
        neighbours.Find(session, 0, _scratch, _filter, default, best);

        var before = GC.GetAllocatedBytesForCurrentThread();
        neighbours.Find(session, 0, _scratch, _filter, default, best);

        Assert.That(GC.GetAllocatedBytesForCurrentThread() - before, Is.Zero);
    }

    private static SessionIndex Index() => new(1024, 64, 10_000);

    private static SessionNeighbours Neighbours(SessionIndex index) => new(index, new NeighbourWeights { SessionsPerItem = 64 });

    private static void Learn(SessionIndex index, int profile, params int[] items)
    {
        foreach (var item in items)
        {
            index.Learn(profile, 1, item, profile);
        }
    }

    private int[] Find(SessionIndex index, int[] session, uint own = 0)
    {
        _filter.Exclude(session[0]);
        var best = new ScoredItem[20];
        var count = Neighbours(index).Find(session, own, _scratch, _filter, default, best);
        return [.. best.Take(count).Select(item => item.Item)];
    }
}
