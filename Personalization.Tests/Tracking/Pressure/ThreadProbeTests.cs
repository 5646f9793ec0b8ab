using NUnit.Framework;
using Personalization.Tests.Decisioning;
using Personalization.Tracking.Pipeline.Pressure;

namespace Personalization.Tests.Tracking.Pressure;

public class ThreadProbeTests
{
    [Test]
    public void The_middle_delay_counts_and_not_the_luckiest_or_the_worst()
    {
        var clock = new FakeClock();
        var probe = new ThreadProbe(clock);
        foreach (var milliseconds in new[] { 0, 5, 6, 7, 900 })
        {
            // Executed here instead of by the pool: the delay is the clock's.
            clock.Advance(TimeSpan.FromMilliseconds(milliseconds));
            probe.Execute();
            clock.Advance(TimeSpan.FromMilliseconds(-milliseconds));
        }

        Assert.That(probe.TakeMs(), Is.EqualTo(6));
        Assert.That(probe.TakeMs(), Is.Zero, "nothing came back since");
    }
}
