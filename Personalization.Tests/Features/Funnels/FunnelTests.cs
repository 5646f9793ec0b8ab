using NUnit.Framework;
using Personalization.Features.Domain.Definitions;
using Personalization.Features.Domain.Funnels;
using Personalization.Features.Domain.History;
using Personalization.Tests.Features.Conditions;
using static Personalization.Tests.Features.Conditions.ConditionWorld;

namespace Personalization.Tests.Features.Funnels;

[FixtureLifeCycle(LifeCycle.InstancePerTestCase)]
internal sealed class FunnelTests
{
    private const string Checkout = """
        {"steps":[{"name":"viewed","event":"Product Viewed"},{"name":"added","event":"Product Added"},{"name":"bought","event":"Order Completed"}],"within":"1h"}
        """;

    private readonly ConditionWorld _world = new();

    [Test]
    public void A_shopper_stands_where_the_furthest_attempt_is()
    {
        _world.Happens("Product Viewed", 0).Happens("Product Added", 10);

        Assert.That(StageAt(Checkout, 10), Is.EqualTo(2));
        _world.Happens("Order Completed", 20);
        Assert.That(StageAt(Checkout, 20), Is.EqualTo(3));
    }

    [Test]
    public void Steps_out_of_order_are_no_steps()
    {
        _world.Happens("Order Completed", 0).Happens("Product Added", 1).Happens("Product Viewed", 2);

        Assert.That(StageAt(Checkout, 3), Is.EqualTo(1));
    }

    [Test]
    public void Who_stands_still_falls_when_exactly_the_window_has_passed()
    {
        _world.Happens("Product Viewed", 0).Happens("Product Added", 10);

        Assert.That((StageAt(Checkout, 59.999), StageAt(Checkout, 60)), Is.EqualTo((2, 0)));
    }

    [Test]
    public void A_later_attempt_holds_when_the_first_falls()
    {
        _world.Happens("Product Viewed", 0).Happens("Product Added", 10).Happens("Product Viewed", 30);

        var standing = StandingAt(Checkout, 40);

        Assert.That((standing.Stage, Minutes(standing.UntilMs)), Is.EqualTo((2, 60)), "the later view came after the add");
        Assert.That(StageAt(Checkout, 60), Is.EqualTo(1));
        Assert.That(StageAt(Checkout, 90), Is.Zero);
    }

    [Test]
    public void The_attempt_that_began_last_has_the_most_time_left()
    {
        _world.Happens("Product Viewed", 0).Happens("Product Viewed", 30).Happens("Product Added", 40);

        Assert.That(Minutes(StandingAt(Checkout, 41).UntilMs), Is.EqualTo(90));
    }

    [Test]
    public void A_step_may_have_a_limit_of_its_own_which_ends_the_attempt_too()
    {
        const string Quick = """{"steps":[{"event":"Product Viewed"},{"event":"Product Added","within":"5m"},{"event":"Order Completed","within":"10m"}]}""";
        _world.Happens("Product Viewed", 0).Happens("Product Added", 4);

        Assert.That((StageAt(Quick, 4), StageAt(Quick, 13.9), StageAt(Quick, 14)), Is.EqualTo((2, 2, 0)));
        _world.Happens("Order Completed", 14);
        Assert.That(StageAt(Quick, 15), Is.Zero, "ten minutes after is too late");
    }

    [Test]
    public void The_choice_that_gets_furthest_is_taken_not_the_first_one()
    {
        const string Quick = """{"steps":[{"event":"A"},{"event":"B"},{"event":"C","within":"5m"}]}""";
        _world.Happens("A", 0).Happens("B", 1).Happens("B", 10).Happens("C", 12);

        Assert.That(StageAt(Quick, 13), Is.EqualTo(3), "the second B leads on, the first does not");
    }

    [Test]
    public void One_event_is_one_step()
    {
        const string Twice = """{"steps":[{"name":"once","event":"A"},{"name":"again","event":"A"}]}""";
        _world.Happens("A", 0);

        Assert.That(StageAt(Twice, 1), Is.EqualTo(1));
        _world.Happens("A", 0);
        Assert.That(StageAt(Twice, 1), Is.EqualTo(2), "two at one time follow each other by their place in the log");
    }

    [Test]
    public void A_product_is_carried_through_all_steps()
    {
        const string SameItem = """{"steps":[{"event":"Product Viewed"},{"event":"Product Added"},{"event":"Order Completed"}],"carry":[{"product":"id"}]}""";
        _world.Happens("Product Viewed", 0, lines: [("p1", "c", 1)]).Happens("Product Added", 1, lines: [("p2", "c", 1)]);

        Assert.That(StageAt(SameItem, 2), Is.EqualTo(1));
        _world.Happens("Product Added", 2, lines: [("p1", "c", 1)]).Happens("Order Completed", 3, lines: [("p3", "c", 1), ("p1", "c", 1)]);
        Assert.That(StageAt(SameItem, 4), Is.EqualTo(3), "one line of the order is enough");
    }

    [Test]
    public void A_property_is_carried_by_its_value_and_an_event_without_it_is_no_step()
    {
        const string SameList = """{"steps":[{"event":"A"},{"event":"B"}],"carry":[{"property":"list"}]}""";
        _world.Happens("A", 0, [("list", "spring")]).Happens("B", 1, [("list", "autumn")]).Happens("B", 2);

        Assert.That(StageAt(SameList, 3), Is.EqualTo(1));
        _world.Happens("B", 3, [("list", "spring")]);
        Assert.That(StageAt(SameList, 4), Is.EqualTo(2));
    }

    [Test]
    public void Strictly_nothing_may_lie_between()
    {
        const string Strict = """{"steps":[{"event":"A"},{"event":"B"},{"event":"C"}],"order":"strict","within":"1h"}""";
        _world.Happens("A", 0).Happens("$identify", 1).Happens("B", 2);

        Assert.That(StageAt(Strict, 3), Is.EqualTo(2), "to say who somebody is does nothing");
        _world.Happens("X", 4);
        Assert.That(StageAt(Strict, 5), Is.Zero, "the attempt is over");
        _world.Happens("C", 6);
        Assert.That(StageAt(Strict, 7), Is.Zero);
    }

    [Test]
    public void What_was_completed_counts_as_long_as_it_says()
    {
        const string Short = """{"steps":[{"event":"A"},{"event":"B"}],"within":"1h","completedFor":"10m"}""";
        _world.Happens("A", 0).Happens("B", 5);

        Assert.That((StageAt(Short, 14.9), StageAt(Short, 15)), Is.EqualTo((2, 1)), "the first step's attempt is still open");
        Assert.That(StageAt(Short, 60), Is.Zero);
    }

    [Test]
    public void A_late_event_makes_no_difference_to_coming_in_time()
    {
        var late = new ConditionWorld().Happens("Order Completed", 20).Happens("Product Added", 10).Happens("Product Viewed", 0);

        var standing = late.Standing(Checkout, 30);

        Assert.That((standing.Stage, Minutes(standing.UntilMs)), Is.EqualTo((3, 60)));
    }

    [Test]
    public void A_standing_names_its_events()
    {
        _world.Happens("Product Viewed", 0).Happens("Other", 5).Happens("Product Added", 10);
        var offsets = new List<long>();

        _world.Compiled(Checkout).StandingAt(_world.Facts(), At(11), offsets);

        Assert.That(offsets, Is.EqualTo((long[])[0, 2]));
    }

    [Test]
    public void A_report_counts_each_profile_once_by_the_attempt_that_came_furthest()
    {
        var report = _world.Happens("Product Viewed", 0).Happens("Product Viewed", 20).Happens("Product Added", 30).Report(Checkout, 0, 60);
        report.Add(new ConditionWorld().Happens("Product Viewed", 5).Happens("Product Added", 6).Happens("Order Completed", 16).Report(Checkout, 0, 60));
        report.Add(new ConditionWorld().Happens("Product Viewed", 61).Report(Checkout, 0, 60));
        report.Add(new ConditionWorld().Happens("Product Added", 1).Report(Checkout, 0, 60));

        Assert.That((report.Reached(0), report.Reached(1), report.Reached(2), report.Profiles), Is.EqualTo((2L, 2L, 1L, 4L)));
        Assert.That(report.Took(1).AtShare(1) / (double)Minute, Is.EqualTo(10).Within(2).Percent);
        Assert.That(report.Took(1).AtShare(0.5) / (double)Minute, Is.EqualTo(1).Within(2).Percent);
        Assert.That(report.Whole.AtShare(0.5) / (double)Minute, Is.EqualTo(11).Within(2).Percent);
    }

    [TestCase("""{}""", "")]
    [TestCase("""{"steps":[{"event":"A"}]}""", "/steps")]
    [TestCase("""{"steps":[{"event":"A","within":"1h"},{"event":"B"}]}""", "/steps/0/within")]
    [TestCase("""{"steps":[{"event":"A"},{"event":"A"}]}""", "/steps/1/name")]
    [TestCase("""{"steps":[{"event":"A"},{"event":"B"}],"order":"loose"}""", "/order")]
    [TestCase("""{"steps":[{"event":"A"},{"event":"B"}],"carry":[{"product":"price"}]}""", "/carry/0/product")]
    [TestCase("""{"steps":[{"event":"A"},{"event":"B"}],"carry":[{"product":"id"},{"product":"brand"}]}""", "/carry")]
    [TestCase("""{"steps":[{"event":"A"},{"event":"B"}],"within":"soon"}""", "/within")]
    [TestCase("""{"steps":[{"event":"A"},{"event":"B"}],"windows":"1h"}""", "/windows")]
    [TestCase("""[]""", "")]
    public void What_is_wrong_is_told_with_its_place(string json, string path)
    {
        var faults = new List<DefinitionFault>();

        var read = FunnelReader.Read("f", 1, Json(json), faults);

        Assert.That(read, Is.Null);
        Assert.That(faults.Select(fault => fault.Path), Is.EqualTo((string[])[path]));
    }

    [Test]
    public void All_faults_are_told_at_once()
    {
        var faults = new List<DefinitionFault>();

        FunnelReader.Read("f", 1, Json("""{"steps":[{"event":""},{"name":"b"}],"order":1,"within":"x"}"""), faults);

        Assert.That(faults, Has.Count.EqualTo(4));
    }

    [Test]
    public void Times_are_right_to_two_percent_however_long_they_are([Values(0, 1, 63, 64, 1_000, 59_999, 86_400_000, 31_536_000_000)] long ms)
    {
        var counts = new DurationCounts();
        counts.Add(ms);

        Assert.That(counts.AtShare(0.5), Is.EqualTo(ms).Within(2).Percent);
    }

    [Test]
    public void Asking_allocates_nothing()
    {
        _world.Happens("Product Viewed", 0).Happens("Product Added", 10).Happens("Order Completed", 20);
        var (funnel, facts) = (_world.Compiled(Checkout), _world.Facts());
        funnel.StandingAt(facts, At(30));

        var before = GC.GetAllocatedBytesForCurrentThread();
        funnel.StandingAt(facts, At(30));

        Assert.That(GC.GetAllocatedBytesForCurrentThread() - before, Is.Zero);
    }

    private int StageAt(string funnel, double minute) => StandingAt(funnel, minute).Stage;

    private FunnelStanding StandingAt(string funnel, double minute) => _world.Standing(funnel, minute);

    private static long At(double minute) => (long)(Start + (minute * Minute));

    private static double Minutes(long timeMs) => (timeMs - Start) / (double)Minute;
}

/// <summary>Funnels of one profile by hand.</summary>
internal static class FunnelWorld
{
    public static CompiledFunnel Compiled(this ConditionWorld world, string json)
    {
        var definition = FunnelReader.Read("checkout", 1, Json(json), []) ?? throw new ArgumentException("The funnel has faults.", nameof(json));
        foreach (var (_, name) in definition.Carry)
        {
            world.Keep(name);
        }

        return CompiledFunnel.Compile(definition, world.Compiler, world, world);
    }

    public static ProfileFacts Facts(this ConditionWorld world)
    {
        var facts = new ProfileFacts();
        world.TryRead(7, facts);
        return facts;
    }

    public static FunnelStanding Standing(this ConditionWorld world, string json, double minute) =>
        world.Compiled(json).StandingAt(world.Facts(), (long)(Start + (minute * Minute)));

    public static FunnelReport Report(this ConditionWorld world, string json, double fromMinute, double toMinute)
    {
        var report = new FunnelReport(world.Compiled(json));
        report.Add(world.Facts(), (long)(Start + (fromMinute * Minute)), (long)(Start + (toMinute * Minute)));
        return report;
    }
}
