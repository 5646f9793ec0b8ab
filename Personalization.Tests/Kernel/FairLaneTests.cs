using NUnit.Framework;
using Personalization.Kernel.Log;
using Personalization.Tests.Support;

namespace Personalization.Tests.Kernel;

public class FairLaneTests
{
    private const int Bytes = 1 << 30;

    [Test]
    public void What_one_source_piled_up_delays_another_by_one_turn()
    {
        var lane = new FairLane(10_000, Bytes);
        for (var i = 0; i < 1_000; i++)
        {
            Assert.That(lane.TryAdd(Entry(source: 1, kilobytes: 16)));
        }

        lane.TryAdd(Entry(source: 2, kilobytes: 16));
        var taken = Take(lane, 10);

        Assert.That(taken, Does.Contain(2), "the other source is not the thousandth to be served");
    }

    [Test]
    public void Sources_that_always_have_something_waiting_get_the_same_bytes()
    {
        var lane = new FairLane(100_000, Bytes);
        for (var i = 0; i < 4_000; i++)
        {
            lane.TryAdd(Entry(source: 1, kilobytes: 1));
        }

        for (var i = 0; i < 400; i++)
        {
            lane.TryAdd(Entry(source: 2, kilobytes: 10));
        }

        var taken = Take(lane, 2_200);

        // 1 KB entries against 10 KB entries: equal bytes are ten of the ones for each of the others.
        Assert.That(taken.Count(source => source == 1), Is.EqualTo(2_000).Within(100));
    }

    [Test]
    public void Entries_larger_than_a_turn_are_served_too()
    {
        var lane = new FairLane(100, Bytes);
        lane.TryAdd(Entry(source: 1, kilobytes: 900));
        lane.TryAdd(Entry(source: 2, kilobytes: 700));
        lane.TryAdd(Entry(source: 1, kilobytes: 900));

        Assert.That(Take(lane, 3), Is.EquivalentTo(new[] { 1, 1, 2 }));
        Assert.That(lane.TryTake(out _), Is.False);
    }

    [Test]
    public void The_order_of_a_source_stays()
    {
        var lane = new FairLane(10_000, Bytes);
        for (var i = 0; i < 300; i++)
        {
            lane.TryAdd(new NumberEntry(i) { FairnessKey = i % 3 });
        }

        var numbers = new List<long>();
        while (lane.TryTake(out var entry))
        {
            numbers.Add(((NumberEntry)entry).Numbers[0]);
        }

        Assert.That(numbers, Has.Count.EqualTo(300));
        for (var source = 0; source < 3; source++)
        {
            Assert.That(numbers.Where(number => number % 3 == source), Is.Ordered);
        }
    }

    [Test]
    public void A_source_alone_cannot_take_the_last_of_the_room_from_others_but_they_can()
    {
        var lane = new FairLane(80, Bytes);
        var first = Enumerable.Range(0, 80).Count(_ => lane.TryAdd(Entry(1, 1)));
        var second = Enumerable.Range(0, 80).Count(_ => lane.TryAdd(Entry(2, 1)));

        Assert.That((first, second), Is.EqualTo((70, 10)));
    }

    [Test]
    public void Sources_that_share_a_number_share_a_turn_and_nothing_is_lost()
    {
        var lane = new FairLane(10_000, Bytes);
        for (var source = 0; source < 1_000; source++)
        {
            Assert.That(lane.TryAdd(Entry(source, 1)));
        }

        Assert.That(Take(lane, 1_000).Order(), Is.EqualTo(Enumerable.Range(0, 1_000)));
        Assert.That(lane.State, Is.EqualTo(new LaneState(0, 0, 0)));
    }

    [Test]
    public void Many_writers_and_one_reader_lose_nothing()
    {
        var lane = new FairLane(1_000_000, Bytes);
        const int each = 5_000;
        var taken = 0;

        Parallel.For(0, 5, worker =>
        {
            for (var i = 0; i < each; i++)
            {
                if (worker == 4)
                {
                    taken += lane.TryTake(out _) ? 1 : 0;
                }
                else
                {
                    lane.TryAdd(Entry(worker, 1));
                }
            }
        });
        while (lane.TryTake(out _))
        {
            taken++;
        }

        Assert.That(taken, Is.EqualTo(4 * each));
    }

    private static NumberEntry Entry(int source, int kilobytes) => new(new long[kilobytes * 128]) { FairnessKey = source };

    private static List<int> Take(FairLane lane, int count)
    {
        var taken = new List<int>();
        while (taken.Count < count && lane.TryTake(out var entry))
        {
            taken.Add(entry.FairnessKey);
        }

        return taken;
    }
}
