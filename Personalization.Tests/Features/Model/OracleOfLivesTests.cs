using System.Collections.Immutable;
using NUnit.Framework;
using Personalization.Features.Domain.Conditions;
using Personalization.Features.Domain.Funnels;

namespace Personalization.Tests.Features.Model;

/// <summary>What the oracle says of features, funnels and sessions, on histories that are known by heart.</summary>
public class OracleOfLivesTests
{
    private const long Minute = 60_000;
    private static readonly long _startMs = ConditionMaker.StartMs;

    [TestCase(14, 2d, Description = "the pane from 5 to 10 is in the window until 15")]
    [TestCase(15, 0d)]
    public void A_sliding_window_lets_go_pane_by_pane(int now, double count) =>
        Assert.That(Value(new FeatureSpec("f", "count") { Window = Span.Sliding, LengthMs = 10 * Minute, GrainMs = 5 * Minute }, now, 5, 9)[0], Is.EqualTo(count));

    [TestCase(8, 480d)]
    [TestCase(4, 240d)]
    public void Recency_grows_by_whole_grains(int now, double seconds) =>
        Assert.That(Value(new FeatureSpec("f", "recency") { GrainMs = 2 * Minute }, now + 1, 1)[0], Is.EqualTo(seconds));

    [Test]
    public void A_decayed_sum_is_half_after_a_half_life() =>
        Assert.That(Value(new FeatureSpec("f", "decayed_sum") { HalfLifeMs = 10 * Minute, GrainMs = Minute }, 20, 0, 10)[0], Is.EqualTo(0.75).Within(1e-9));

    [Test]
    public void What_came_later_than_it_may_is_left_out_unless_it_was_imported()
    {
        var spec = new FeatureSpec("f", "count") { LatenessMs = Minute, Pattern = new EventPattern(["Product Viewed"], null) };
        var late = new PastEvent(_startMs, 0, "Product Viewed") { AgeMs = Minute + 1 };

        Assert.That(OracleFeatures.Values(spec, All(spec), [late, late with { AgeMs = Minute }, late with { IsHistorical = true }], null, new Person(), _startMs)[0], Is.EqualTo(2d));
    }

    [TestCase("0 10 20", "1 1 1", Description = "each within half an hour of the one before")]
    [TestCase("0 40", "1 2")]
    [TestCase("0 40 20", "1 2 2", Description = "near both: the newer one")]
    [TestCase("0 100 50", "1 2 3", Description = "a late one in between is one of its own")]
    [TestCase("0 100 200 50", "1 2 3 0", Description = "older than what is known")]
    public void Sessions_end_by_inactivity(string minutes, string numbers)
    {
        var sessions = new OracleSessions();

        Assert.That(string.Join(' ', minutes.Split(' ').Select((minute, place) => sessions.Take(int.Parse(minute) * Minute, place, isHistorical: false))), Is.EqualTo(numbers));
    }

    [TestCase(4, 2)]
    [TestCase(11, 2)]
    [TestCase(12, 1, Description = "the third step did not come within its ten minutes, the view still waits for another second one")]
    public void A_stage_falls_when_the_next_step_can_no_longer_come(int now, int stage) =>
        Assert.That(Stage(now, isStrict: false, (0, "Product Viewed"), (1, "Tent Pitched"), (2, "Product Added")), Is.EqualTo(stage));

    [Test]
    public void Nothing_lies_between_the_steps_of_a_strict_funnel_but_calls()
    {
        Assert.That(Stage(4, isStrict: true, (0, "Product Viewed"), (1, "$identify"), (2, "Product Added")), Is.EqualTo(2));
        Assert.That(Stage(4, isStrict: true, (0, "Product Viewed"), (1, "Tent Pitched"), (2, "Product Added")), Is.Zero);
    }

    private static int Stage(int nowMinutes, bool isStrict, params (int Minute, string Name)[] events)
    {
        var steps = ImmutableArray.Create(Step("Product Viewed", null), Step("Product Added", null), Step("Order Completed", 10 * Minute));
        var funnel = new FunnelDefinition("u", 1, steps, null, isStrict, [], null);
        return OracleFunnels.Stage(funnel, new Person { Events = [.. events.Select((one, place) => new PastEvent(_startMs + (one.Minute * Minute), place, one.Name))] }, _startMs + (nowMinutes * Minute));
    }

    private static FunnelStep Step(string name, long? withinMs) => new(name, new EventPattern([name], null), withinMs);

    private static IReadOnlyList<object?> Value(FeatureSpec spec, int nowMinutes, params int[] viewed)
    {
        spec = spec with { Pattern = new EventPattern(["Product Viewed"], null) };
        var events = viewed.Select((minute, place) => new PastEvent(_startMs + (minute * Minute), place, "Product Viewed"));
        return OracleFeatures.Values(spec, All(spec), events, null, new Person(), _startMs + (nowMinutes * Minute));
    }

    private static Dictionary<string, FeatureSpec> All(FeatureSpec spec) => new() { [spec.Id] = spec };
}
