using NUnit.Framework;
using Personalization.Kernel.Log;
using Personalization.Tests.Decisioning;

namespace Personalization.Tests.Kernel;

public class LogLoadTests
{
    private FakeClock _clock;
    private LogLoad _load;

    [SetUp]
    public void Begin()
    {
        _clock = new FakeClock();
        _clock.Advance(TimeSpan.FromSeconds(1));
        _load = new LogLoad(_clock);
    }

    [Test]
    public void One_slow_commit_among_quick_ones_is_no_standing_delay()
    {
        Commit(2);
        Commit(80);
        Commit(3);

        Assert.That(_load.Take(), Is.EqualTo(new LogDelays(2, 0, 80)));
    }

    [Test]
    public void A_delay_that_never_gets_shorter_is()
    {
        Commit(30);
        Commit(40);

        Assert.That(_load.Take().CriticalMs, Is.EqualTo(30));
    }

    [Test]
    public void A_commit_that_lasts_counts_with_what_it_has_taken_so_far()
    {
        _load.Begin(_clock.GetTimestamp(), 0);
        _clock.Advance(TimeSpan.FromMilliseconds(700));

        Assert.That(_load.Take().CriticalMs, Is.EqualTo(700));
        _clock.Advance(TimeSpan.FromMilliseconds(100));
        Assert.That(_load.Take().CriticalMs, Is.EqualTo(800), "and still does in the next window");
    }

    [Test]
    public void Without_commits_there_is_no_delay()
    {
        Commit(30);
        _load.Take();

        Assert.That(_load.Take(), Is.EqualTo(default(LogDelays)));
    }

    private void Commit(int delayMs)
    {
        _load.Begin(_clock.GetTimestamp(), 0);
        _clock.Advance(TimeSpan.FromMilliseconds(delayMs));
        _load.End(delayMs);
    }
}
