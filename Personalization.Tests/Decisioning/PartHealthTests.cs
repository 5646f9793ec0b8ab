using Microsoft.Extensions.Logging.Abstractions;
using NUnit.Framework;
using Personalization.Decisioning.Contracts;
using Personalization.Decisioning.Domain;
using Personalization.Decisioning.Domain.Candidates;
using Personalization.Decisioning.Pipeline;

namespace Personalization.Tests.Decisioning;

/// <summary>Parts that do not come back in time.</summary>
[FixtureLifeCycle(LifeCycle.InstancePerTestCase)]
internal sealed class PartHealthTests : IDisposable
{
    private static readonly RecommendationRequest Question = new() { Placement = "for-you", Limit = 5 };
    private readonly FakeShop _shop = new();
    private readonly StuckPart _stuck = new();

    public void Dispose() => _stuck.Dispose();

    [Test]
    public async Task A_part_that_hangs_is_left_out_of_the_decisions_after_it_and_comes_back_when_it_answers()
    {
        var personalizer = _shop.Personalizer(Plan());
        using var watch = Watch(personalizer);
        var held = Task.Run(() => personalizer.Recommend(Question));
        _stuck.Entered.Wait();
        watch.Look();
        Assert.That(personalizer.Health.Any(health => health.IsOut), Is.False, "its time is not over");

        _shop.Clock.Advance(TimeSpan.FromMilliseconds(25));
        watch.Look();
        watch.Look();
        var others = personalizer.Recommend(Question)!;
        Assert.Multiple(() =>
        {
            Assert.That(others.Items, Has.Count.EqualTo(5));
            Assert.That(others.FallbackReason, Is.EqualTo("part_left_out"));
            Assert.That(others.MissingParts, Is.EqualTo((string[])["stuck"]));
            Assert.That(others.Parts, Is.EqualTo((string[])["new_arrival"]));
            Assert.That(_stuck.Calls, Is.EqualTo(1));
        });

        // As long as it holds somebody nobody tries it again.
        _shop.Clock.Advance(TimeSpan.FromSeconds(30));
        watch.Look();
        Assert.That(_stuck.Calls, Is.EqualTo(1));

        _stuck.Release();
        var late = (await held)!;
        Assert.That((late.FallbackReason, late.Items.Count), Is.EqualTo(("budget_exceeded", 5)));
        watch.Look();
        await UntilAsync(() => personalizer.Health.All(health => !health.IsOut));

        Assert.That(personalizer.Recommend(Question)!.MissingParts, Is.Empty);
    }

    [Test]
    public void One_look_is_not_enough_to_leave_a_part_out()
    {
        var personalizer = _shop.Personalizer(Plan());
        using var watch = Watch(personalizer);
        var held = Task.Run(() => personalizer.Recommend(Question));
        _stuck.Entered.Wait();
        _shop.Clock.Advance(TimeSpan.FromMilliseconds(25));

        watch.Look();

        Assert.That(personalizer.Health.Any(health => health.IsOut), Is.False);
        _stuck.Release();
        Assert.That(async () => await held, Is.Not.Null);
    }

    [Test]
    public void A_part_that_is_late_three_times_in_a_row_is_left_out()
    {
        _stuck.Release();
        _stuck.OnCall = () => _shop.Clock.Advance(TimeSpan.FromMilliseconds(30));
        var personalizer = _shop.Personalizer(Plan());
        var reasons = Enumerable.Range(0, 4).Select(_ => personalizer.Recommend(Question)!.FallbackReason).ToList();

        Assert.That((reasons, _stuck.Calls), Is.EqualTo(((string[])["budget_exceeded", "budget_exceeded", "budget_exceeded", "part_left_out"], 3))
            .Using<(List<string?>, int), (string[], int)>((one, other) => one.Item1.SequenceEqual(other.Item1) && one.Item2 == other.Item2));
    }

    [Test]
    public void A_part_that_stays_late_rests_longer_every_time()
    {
        var health = new PartHealth("slow");
        var rests = new List<double>();
        for (var i = 0; i < 9; i++)
        {
            health.LeaveOut(_shop.Clock);
            var before = _shop.Clock.Elapsed;
            while (!health.MayTry(_shop.Clock))
            {
                _shop.Clock.Advance(TimeSpan.FromSeconds(1));
            }

            Assert.That(health.MayTry(_shop.Clock), Is.False, "one at a time");
            rests.Add((_shop.Clock.Elapsed - before).TotalSeconds);
        }

        Assert.That(rests, Is.EqualTo((double[])[1, 2, 4, 8, 16, 32, 64, 64, 64]));
    }

    [Test]
    public async Task A_step_that_hangs_is_left_out_too_and_tried_by_one_decision()
    {
        var step = new StuckStep(_stuck);
        var personalizer = _shop.Personalizer(null, step);
        using var watch = Watch(personalizer);
        var held = Task.Run(() => personalizer.Recommend(Question));
        _stuck.Entered.Wait();
        _shop.Clock.Advance(TimeSpan.FromMilliseconds(25));
        watch.Look();
        watch.Look();

        var others = personalizer.Recommend(Question)!;
        Assert.That((others.FallbackReason, others.Items.Count, _stuck.Calls), Is.EqualTo(("part_left_out", 5, 1)));
        _stuck.Release();
        await held;
        _shop.Clock.Advance(TimeSpan.FromSeconds(2));
        Assert.That((personalizer.Recommend(Question)!.FallbackReason, personalizer.Recommend(Question)!.FallbackReason, _stuck.Calls), Is.EqualTo(((string?)null, (string?)null, 3)));
    }

    private static async Task UntilAsync(Func<bool> isDone)
    {
        for (var i = 0; i < 500 && !isDone(); i++)
        {
            await Task.Delay(10);
        }

        Assert.That(isDone(), Is.True);
    }

    private CandidatePlan Plan() => new(_ => [_stuck, new NewArrivalsSource(_shop)], [new PopularSource(_shop.Models.Popularity), new NewArrivalsSource(_shop)]);

    private DecisionWatch Watch(Personalizer personalizer) => new(personalizer, _shop.Clock, NullLogger<DecisionWatch>.Instance);
}
