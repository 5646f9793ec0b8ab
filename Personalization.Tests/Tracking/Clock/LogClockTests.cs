using System.Buffers;
using System.Diagnostics.Metrics;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging.Abstractions;
using NUnit.Framework;
using Personalization.Tests.Support;
using Personalization.Tracking.Contracts;
using Personalization.Tracking.Domain.Clock;
using Personalization.Tracking.Pipeline;
using Personalization.Tracking.Pipeline.Clock;

namespace Personalization.Tests.Tracking.Clock;

[Parallelizable(ParallelScope.All)]
public class LogClockTests
{
    private static readonly PartitionLayout Two = new(2, 100);

    [Test]
    public void The_clock_is_the_latest_arrival_and_never_goes_back()
    {
        var clock = new LogClock();

        var places = new[] { 5L, 3, 9, 9, 1 }.Select(clock.Advance).ToList();

        Assert.That(places, Is.EqualTo(new[] { 5L, 5, 9, 9, 9 }));
        Assert.That(clock.NowMs, Is.EqualTo(9));
    }

    [Test]
    public void The_clock_goes_on_where_a_checkpoint_was_taken()
    {
        var (before, after, rows) = (new LogClock(), new LogClock(), new CheckpointRows());
        before.Advance(42);

        rows.Take(before);
        rows.GiveTo(after);

        Assert.That(after.NowMs, Is.EqualTo(42));
    }

    [Test]
    public void A_tick_is_read_back_as_it_was_written()
    {
        var output = new ArrayBufferWriter<byte>();

        new ClockEntry(1_790_000_000_123).WriteTo(output);

        Assert.That(ClockEntry.Read(output.WrittenSpan).TimeMs, Is.EqualTo(1_790_000_000_123));
    }

    [TestCase(new byte[0])]
    [TestCase(new byte[] { 1, 0, 0, 0, 0, 0, 0, 0 })]
    [TestCase(new byte[] { 2, 0, 0, 0, 0, 0, 0, 0, 0 })]
    public void A_tick_that_is_none_of_ours_is_refused(byte[] body) =>
        Assert.That(() => ClockEntry.Read(body), Throws.TypeOf<InvalidDataException>());

    [Test]
    public void A_stage_is_told_only_of_what_is_due_in_the_partition()
    {
        var stage = new Waiting { Due = [100, 200] };
        var timed = Run(stage);

        timed.Elapse(0, 99);
        timed.Elapse(0, 100);
        timed.Elapse(1, 150);

        Assert.That(stage.Told, Is.EqualTo(new[] { (0, 100L) }));
        Assert.That(timed.NextDueMs(), Is.EqualTo(200));
    }

    [Test]
    public void A_stage_that_fails_keeps_nobody_up_and_is_told_again_later()
    {
        var (broken, sound) = (new Waiting { Due = [100, long.MaxValue], Failures = 1 }, new Waiting { Due = [100, long.MaxValue] });
        var timed = Run(broken, sound);

        timed.Elapse(0, 100);
        timed.Elapse(0, 10_099);
        var whileItWaits = (broken.Told.Count, Due: timed.NextDueMs());
        timed.Elapse(0, 10_100);

        Assert.That(sound.Told, Is.EqualTo(new[] { (0, 100L) }));
        Assert.That(whileItWaits, Is.EqualTo((0, 10_100L)), "told once in ten seconds, not at every batch");
        Assert.That(broken.Told, Is.EqualTo(new[] { (0, 10_100L) }));
    }

    [Test]
    public void Stages_that_wait_for_nothing_are_never_due()
    {
        var timed = Run();

        timed.Elapse(0, long.MaxValue);

        Assert.That(timed.NextDueMs(), Is.EqualTo(long.MaxValue));
    }

    private static TimedRun Run(params IEventStage[] stages)
    {
        var meters = new ServiceCollection().AddMetrics().BuildServiceProvider().GetRequiredService<IMeterFactory>();
        var metrics = new ClockMetrics(meters, new LogClock(), TimeProvider.System);
        return new TimedRun(stages, Two, metrics, TimeSpan.FromSeconds(10), NullLogger<TimedRun>.Instance);
    }

    private sealed class Waiting : ITimedStage
    {
        public required long[] Due { get; init; }

        public int Failures { get; set; }

        public List<(int Partition, long NowMs)> Told { get; } = [];

        public long NextDueMs(int partition) => Due[partition];

        public void Elapse(int partition, long nowMs)
        {
            if (Failures-- > 0)
            {
                throw new InvalidOperationException("A bug that time brings out.");
            }

            Told.Add((partition, nowMs));
            Due[partition] = long.MaxValue;
        }

        public void Apply(TrackedEvent trackedEvent)
        {
        }

        public void Merge(int fromProfileId, int intoProfileId)
        {
        }

        public void Forget(int profileId)
        {
        }
    }
}
