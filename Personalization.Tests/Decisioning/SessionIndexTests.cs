using NUnit.Framework;
using Personalization.Decisioning.Domain;

namespace Personalization.Tests.Decisioning;

[FixtureLifeCycle(LifeCycle.InstancePerTestCase)]
public sealed class SessionIndexTests
{
    [Test]
    public void The_oldest_session_makes_room_when_the_bound_is_reached()
    {
        var index = new SessionIndex(16, 16, 100);

        for (var profile = 1; profile <= 40; profile++)
        {
            index.Learn(profile, 1, profile % 5, profile);
        }

        Assert.Multiple(() =>
        {
            Assert.That(index.Find(1, 1), Is.Zero);
            Assert.That(index.Find(40, 1), Is.EqualTo(40));
            Assert.That(index.State.Spans, Has.Length.EqualTo(16));
            Assert.That(index.State.Rings.Max(ring => ring?.Length ?? 0), Is.LessThanOrEqualTo(16));
        });
    }

    [Test]
    public void A_session_keeps_its_newest_sixty_four_clicks()
    {
        var index = new SessionIndex(16, 16, 1000);
        for (var item = 0; item < 500; item++)
        {
            index.Learn(1, 1, item, item);
        }

        var items = new int[100];
        var count = index.CopyNewest(index.Find(1, 1), items);

        Assert.That(items.Take(count), Is.EqualTo(Enumerable.Range(436, 64)));
    }

    [Test]
    public void Evicted_sessions_give_their_room_back()
    {
        var index = new SessionIndex(16, 16, 1000);
        for (var profile = 0; profile < 5000; profile++)
        {
            for (var item = 0; item < profile % 60; item++)
            {
                index.Learn(profile, 1, item, profile);
            }
        }

        Assert.That(index.State.Items, Has.Length.LessThanOrEqualTo(16 * 64 * 4));
    }

    [Test]
    public void Sessions_of_one_profile_are_told_apart_by_their_number()
    {
        var index = new SessionIndex(16, 16, 100);
        index.Learn(1, 1, 10, 1);
        index.Learn(1, 2, 20, 2);
        index.Learn(1, 1, 11, 3);

        Assert.Multiple(() =>
        {
            Assert.That(ItemsOf(index, 1, 1), Is.EqualTo((int[])[10, 11]));
            Assert.That(ItemsOf(index, 1, 2), Is.EqualTo((int[])[20]));
        });
    }

    [Test]
    public void A_click_that_comes_late_is_not_the_last_of_its_session()
    {
        var index = new SessionIndex(16, 16, 100);
        index.Learn(1, 1, 10, timestampMs: 100);
        index.Learn(1, 1, 12, timestampMs: 300);
        index.Learn(1, 1, 11, timestampMs: 200);

        Assert.That(ItemsOf(index, 1, 1), Is.EqualTo((int[])[10, 11, 12]));
    }

    [Test]
    public void Imported_sessions_stand_behind_newer_ones_however_late_they_come()
    {
        var index = new SessionIndex(64, 16, 100);
        for (var profile = 1; profile <= 4; profile++)
        {
            index.Learn(profile, 1, 7, 1_000 + profile);
        }

        index.Learn(11, 1, 7, timestampMs: 10, isHistorical: true);
        index.Learn(13, 1, 7, timestampMs: 30, isHistorical: true);
        index.Learn(12, 1, 7, timestampMs: 20, isHistorical: true);
        index.Learn(5, 1, 7, timestampMs: 1_005);

        var ring = index.State.Rings[7]!;
        var profiles = Enumerable.Range(0, 8).Select(i => index.State.Owners[ring[i]].Profile);
        Assert.That(profiles, Is.EqualTo((int[])[11, 12, 13, 1, 2, 3, 4, 5]));
    }

    [Test]
    public void An_import_takes_no_session_away_that_is_newer_than_its_own()
    {
        var index = new SessionIndex(16, 16, 100);
        for (var profile = 1; profile <= 40; profile++)
        {
            index.Learn(profile, 1, 7, 1_000 + profile);
        }

        var ringBefore = index.State.Rings[7]!.ToArray();
        for (var profile = 101; profile <= 200; profile++)
        {
            index.Learn(profile, 1, 7, profile, isHistorical: true);
        }

        Assert.That(index.Newest, Is.EqualTo(40));
        Assert.That(index.State.Rings[7], Is.EqualTo(ringBefore));
    }

    [Test]
    public void After_a_merge_the_session_goes_on_under_the_new_profile()
    {
        var index = new SessionIndex(16, 16, 100);
        index.Learn(7, 1, 50, 1);
        index.Learn(1, 1, 10, 2);

        index.Merge(1, 7);
        index.Learn(7, 2, 11, 3);

        Assert.Multiple(() =>
        {
            Assert.That(ItemsOf(index, 7, 2), Is.EqualTo((int[])[10, 11]));
            Assert.That(ItemsOf(index, 7, 1), Is.EqualTo((int[])[50]));
            Assert.That(index.Find(1, 1), Is.Zero);
        });
    }

    [Test]
    public void After_a_merge_and_a_long_pause_a_new_session_begins()
    {
        var index = new SessionIndex(16, 16, 100);
        index.Learn(1, 1, 10, 0);

        index.Merge(1, 7);
        index.Learn(7, 1, 11, 3_600_000);

        Assert.That(ItemsOf(index, 7, 1), Is.EqualTo((int[])[11]));
    }

    [Test]
    public void Erasing_a_profile_forgets_all_its_sessions_and_twice_removes_nothing_more()
    {
        var index = new SessionIndex(16, 16, 100);
        index.Learn(1, 1, 10, 0);
        index.Learn(1, 2, 11, 0);
        index.Learn(2, 1, 10, 0);

        var erased = (index.Erase(1), index.Erase(1));

        Assert.Multiple(() =>
        {
            Assert.That(erased, Is.EqualTo((2, 0)));
            Assert.That(index.Find(1, 2), Is.Zero);
            Assert.That(ItemsOf(index, 2, 1), Is.EqualTo((int[])[10]));
        });
    }

    [TestCase(-1)]
    [TestCase(100)]
    [TestCase(int.MaxValue)]
    public void Items_outside_the_bound_are_not_learnt(int item)
    {
        var index = new SessionIndex(16, 16, 100);

        index.Learn(1, 1, item, 0);

        Assert.That(index.Learnt, Is.Zero);
    }

    [Test]
    public void Writers_and_readers_at_once_never_leave_the_arrays()
    {
        var index = new SessionIndex(64, 16, 2000);
        var neighbours = new SessionNeighbours(index, new NeighbourWeights { SessionsPerItem = 16 });

        Parallel.Invoke(
            () => Write(index, 1),
            () => Write(index, 2),
            () => Read(neighbours),
            () => Read(neighbours));

        Assert.That(index.Learnt, Is.GreaterThan(0));
    }

    private static void Write(SessionIndex index, int seed)
    {
        var random = new Random(seed);
        for (var i = 0; i < 60_000; i++)
        {
            var profile = (random.Next(300) * 2) + (seed & 1);
            index.Learn(profile, random.Next(1, 3), random.Next(i < 30_000 ? 50 : 2000), i);
            if (i % 500 == 0)
            {
                index.Merge(profile, ((profile / 2) + 400 * 2) + (seed & 1));
                index.Erase((random.Next(300) * 2) + (seed & 1));
            }
        }
    }

    private static void Read(SessionNeighbours neighbours)
    {
        var random = new Random(3);
        var (scratch, filter, best) = (new NeighbourScratch(), new ItemFilter(), new ScoredItem[20]);
        for (var i = 0; i < 20_000; i++)
        {
            int[] session = [random.Next(2000), random.Next(50), random.Next(50)];
            var count = neighbours.Find(session, (uint)random.Next(100), scratch, filter, default, best);
            for (var place = 0; place < count; place++)
            {
                if (best[place].Item is < 0 or >= 2000 || !(best[place].Score >= 0))
                {
                    throw new InvalidOperationException($"Item {best[place].Item}, score {best[place].Score}");
                }
            }
        }
    }

    private static int[] ItemsOf(SessionIndex index, int profile, long number)
    {
        var items = new int[64];
        return items[..index.CopyNewest(index.Find(profile, number), items)];
    }
}
