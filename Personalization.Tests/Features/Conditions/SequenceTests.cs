using NUnit.Framework;

namespace Personalization.Tests.Features.Conditions;

/// <summary>Letters are events, one a minute from the first on; a dot is a minute without.</summary>
public sealed class SequenceTests
{
    [TestCase("vva", """[{"event":"v","times":2},{"event":"a"}]""", true)]
    [TestCase("vav", """[{"event":"v","times":2},{"event":"a"}]""", false)]
    [TestCase("av", """[{"event":"v"},{"event":"a"}]""", false)]
    [TestCase("v...a", """[{"event":"v"},{"event":"a","within":"4m"}]""", false)]
    [TestCase("v..va", """[{"event":"v"},{"event":"a","within":"4m"}]""", true)]
    [TestCase("vxa", """[{"event":"v"},{"not":{"event":"x"}},{"event":"a"}]""", false)]
    [TestCase("vxva", """[{"event":"v"},{"not":{"event":"x"}},{"event":"a"}]""", true)]
    [TestCase("vaxa", """[{"event":"v"},{"not":{"event":"x"}},{"event":"a"}]""", true)]
    [TestCase("vaxa", """[{"event":"v"},{"not":{"event":"x"}},{"event":"a","times":2}]""", true)]
    [TestCase("vxaa", """[{"event":"v"},{"not":{"event":"x"}},{"event":"a","times":2}]""", false)]
    [TestCase("vv", """[{"event":"v"},{"not":{"event":"v"}},{"event":"v"}]""", true)]
    [TestCase("v.a..", """[{"event":"v"},{"not":{"event":"a"},"within":"2m"}]""", false)]
    [TestCase("v..a.", """[{"event":"v"},{"not":{"event":"a"},"within":"2m"}]""", true)]
    [TestCase("v.", """[{"event":"v"},{"not":{"event":"a"},"within":"2m"}]""", false)]
    [TestCase("v..", """[{"event":"v"},{"not":{"event":"a"},"within":"2m"}]""", true)]
    [TestCase("vav..", """[{"event":"v"},{"not":{"event":"a"},"within":"2m"}]""", true)]
    public void Steps_follow_each_other(string events, string steps, bool expected)
    {
        var world = World(events);

        Assert.That(world.Holds($$"""{"sequence":{{steps}}}""", events.Length - 1), Is.EqualTo(expected));
    }

    [Test]
    public void A_chain_leaves_its_window_with_its_first_event()
    {
        var world = World("va.va");
        var condition = world.Compile("""{"sequence":[{"event":"v"},{"event":"a"}],"within":"10m"}""");

        world.At(5);
        Assert.That(condition.Holds(world.Snapshot), Is.True);
        Assert.That(world.NextChange(), Is.EqualTo(13), "The later chain is the one that lasts.");
        world.At(13);
        Assert.That(condition.Holds(world.Snapshot), Is.False);
    }

    [Test]
    public void An_absence_at_the_end_holds_from_exactly_its_end_on()
    {
        var world = World("va");
        var condition = world.Compile("""{"sequence":[{"event":"v"},{"event":"a"},{"not":{"event":"b"},"within":"30m"}],"within":"1h"}""");

        world.At(30.999);
        Assert.That(condition.Holds(world.Snapshot), Is.False);
        Assert.That(world.NextChange(), Is.EqualTo(31));
        world.At(31);
        Assert.That(condition.Holds(world.Snapshot), Is.True);
        Assert.That(world.NextChange(), Is.EqualTo(60));
    }

    [Test]
    public void An_event_at_the_very_end_of_an_absence_is_none()
    {
        var world = World("v").Happens("b", 30);

        Assert.That(world.Holds("""{"sequence":[{"event":"v"},{"not":{"event":"b"},"within":"30m"}]}""", 40), Is.False);
        Assert.That(world.Holds("""{"sequence":[{"event":"v"},{"not":{"event":"b"},"within":"29m"}]}""", 40), Is.True);
    }

    [Test]
    public void An_absence_that_ends_after_the_window_does_not_come()
    {
        var world = World("v");

        Assert.That(world.Holds("""{"sequence":[{"event":"v"},{"not":{"event":"b"},"within":"30m"}],"within":"30m"}""", 1), Is.False);
        Assert.That(world.NextChange(), Is.EqualTo(double.PositiveInfinity));
    }

    [Test]
    public void Events_of_one_time_follow_each_other_by_their_place()
    {
        var world = new ConditionWorld().Happens("a", 0).Happens("v", 0);

        Assert.That(world.Holds("""{"sequence":[{"event":"a"},{"event":"v"}]}""", 1), Is.True);
        Assert.That(world.Holds("""{"sequence":[{"event":"v"},{"event":"a"}]}""", 1), Is.False);
    }

    private static ConditionWorld World(string events)
    {
        var world = new ConditionWorld();
        for (var minute = 0; minute < events.Length; minute++)
        {
            if (events[minute] != '.')
            {
                world.Happens(events[minute].ToString(), minute);
            }
        }

        return world;
    }
}
