using NUnit.Framework;
using Personalization.Tests.Decisioning;
using Personalization.Tracking.Pipeline.Pressure;

namespace Personalization.Tests.Tracking.Pressure;

public class LargeBodyTurnsTests
{
    private readonly FakeClock _clock = new();

    [Test]
    public async Task Sources_take_turns_and_each_keeps_its_order()
    {
        var turns = new LargeBodyTurns(1, atATime: 1, maxWaiting: 100, maxWaitingBytes: 1_000, _clock);
        await turns.EnterAsync(1, 1);
        var order = new List<string>();
        var all = new[] { (1, "a1"), (1, "a2"), (1, "a3"), (2, "b1"), (2, "b2") }.Select(async body =>
        {
            Assert.That(await turns.EnterAsync(body.Item1, 1));
            order.Add(body.Item2);
            turns.Leave();
        }).ToArray();

        turns.Leave();
        await Task.WhenAll(all);

        Assert.That(order, Is.EqualTo(new[] { "a1", "b1", "a2", "b2", "a3" }));
        Assert.That(turns.Waiting, Is.Zero);
    }

    [Test]
    public async Task Too_many_or_too_much_is_refused_and_there_is_room_again_afterwards()
    {
        var turns = new LargeBodyTurns(1, atATime: 1, maxWaiting: 2, maxWaitingBytes: 1_000, _clock);
        await turns.EnterAsync(1, 1);
        var second = turns.EnterAsync(1, 900);

        Assert.That(await turns.EnterAsync(2, 200), Is.False, "too many bytes");
        var third = turns.EnterAsync(2, 100);
        Assert.That(await turns.EnterAsync(3, 0), Is.False, "too many bodies");

        turns.Leave();
        Assert.That(await second);
        turns.Leave();
        Assert.That(await third);
        turns.Leave();
        Assert.That(await turns.EnterAsync(3, 10_000), "alone, nobody waits");
    }

    [Test]
    public async Task The_standing_wait_is_the_least_and_counts_while_nobody_gets_a_turn()
    {
        var turns = new LargeBodyTurns(1, atATime: 1, maxWaiting: 10, maxWaitingBytes: 1_000, _clock);
        await turns.EnterAsync(1, 1);
        Assert.That(turns.TakeWaitMs(), Is.Zero);
        var second = turns.EnterAsync(1, 1);

        _clock.Advance(TimeSpan.FromMilliseconds(400));
        Assert.That(turns.TakeWaitMs(), Is.EqualTo(400));

        turns.Leave();
        await second;
        Assert.That(turns.TakeWaitMs(), Is.EqualTo(400));
        Assert.That(turns.TakeWaitMs(), Is.Zero);
    }
}
