using NUnit.Framework;
using Personalization.Kernel.Log;
using Personalization.Kernel.Pipelines;
using Personalization.Tests.Decisioning;
using Personalization.Tracking.Pipeline.Pressure;

namespace Personalization.Tests.Tracking.Pressure;

internal sealed class PressureSensorsTests
{
    private readonly FakeClock _clock = new();
    private ForegroundWork _foreground = null!;
    private ThreadProbe _threads = null!;
    private PressureSensors _sensors = null!;

    [SetUp]
    public void Begin()
    {
        _foreground = new ForegroundWork();
        _threads = new ThreadProbe(_clock);
        _sensors = new PressureSensors(
            new LogLoad(_clock), new LargeBodyTurns(1, 1, 1, 1, _clock), _threads, new PipelinePosition(new LogTail(16)), _foreground);
    }

    [Test]
    public void While_nobody_waits_but_senders_of_bulk_the_threads_are_no_reason_to_shed()
    {
        Assert.That(LookWhileWorkWaits(milliseconds: 50, looks: 20), Is.Zero);

        _foreground.Note();
        Assert.That(LookWhileWorkWaits(milliseconds: 50, looks: 1), Is.GreaterThan(40), "a decision was asked for");
        Assert.That(LookWhileWorkWaits(milliseconds: 50, looks: 60), Is.Zero, "and none since, for six seconds");
    }

    [Test]
    public void A_single_delay_is_smoothed_and_one_that_lasts_shows()
    {
        _foreground.Note();
        Assert.That(LookWhileWorkWaits(milliseconds: 50, looks: 1), Is.InRange(5, 15));
        Assert.That(LookWhileWorkWaits(milliseconds: 50, looks: 20), Is.InRange(45, 50));
    }

    /// <returns>The thread signal of the last look.</returns>
    private double LookWhileWorkWaits(int milliseconds, int looks)
    {
        var signal = 0.0;
        for (var look = 0; look < looks; look++)
        {
            // Executed here instead of by the pool: the delay is the clock's.
            _clock.Advance(TimeSpan.FromMilliseconds(milliseconds));
            _threads.Execute();
            _clock.Advance(TimeSpan.FromMilliseconds(-milliseconds));
            signal = _sensors.Read(seconds: 0.1).ThreadDelayMs;
        }

        return signal;
    }
}
