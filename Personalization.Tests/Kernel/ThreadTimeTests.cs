using NUnit.Framework;
using Personalization.Kernel.Pipelines;

namespace Personalization.Tests.Kernel;

[Platform("Linux")]
public class ThreadTimeTests
{
    [Test]
    public void Work_counts_and_waiting_does_not()
    {
        var wait = TimeSpan.FromMilliseconds(300);
        using var never = new ManualResetEventSlim(initialState: false, spinCount: 0);

        var before = ThreadTime.Worked;
        never.Wait(wait);
        var waited = ThreadTime.Worked - before;
        for (var i = 0; i < 10_000_000; i++)
        {
            Thread.MemoryBarrier();
        }

        var worked = ThreadTime.Worked - before;

        Assert.That((waited < wait / 3, worked > waited + TimeSpan.FromMilliseconds(1)), Is.EqualTo((true, true)), $"{waited} and {worked}");
    }
}
