using NUnit.Framework;
using Personalization.Tests.Decisioning;
using Personalization.Tracking.Pipeline.Pressure;

namespace Personalization.Tests.Tracking.Pressure;

[FixtureLifeCycle(LifeCycle.InstancePerTestCase)]
public class ThreadProbeTests
{
    private readonly FakeClock _clock = new();
    private readonly ThreadProbe _probe;

    public ThreadProbeTests() => _probe = new ThreadProbe(_clock);

    [Test]
    public void The_middle_delay_counts_and_not_the_luckiest_or_the_worst()
    {
        Wait(0, 5, 6, 7, 900);

        Assert.That(_probe.Take().MiddleMs, Is.EqualTo(6));
        Assert.That(_probe.Take().MiddleMs, Is.Zero, "nothing came back since");
    }

    [Test]
    public void The_tail_is_what_nine_in_ten_of_the_last_second_did_not_exceed()
    {
        Wait(900, 7, 6, 5, 0, 0, 0, 0, 0, 0);
        Wait(0, 0, 0, 0, 0, 0, 0, 0, 0, 8);

        Assert.That(_probe.Take(), Is.EqualTo(new ThreadDelays(0, 7)));
        Assert.That(_probe.Take(), Is.EqualTo(new ThreadDelays(0, 7)), "the second is not over");
        _clock.Advance(TimeSpan.FromSeconds(2));
        Assert.That(_probe.Take(), Is.EqualTo(new ThreadDelays(0, 0)));
    }

    private void Wait(params int[] delaysMs)
    {
        foreach (var milliseconds in delaysMs)
        {
            // Executed here instead of by the pool: the delay is the clock's.
            _clock.Advance(TimeSpan.FromMilliseconds(milliseconds));
            _probe.Execute();
            _clock.Advance(TimeSpan.FromMilliseconds(-milliseconds));
        }
    }
}
