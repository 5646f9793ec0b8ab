using NUnit.Framework;
using Personalization.Features.Domain.Conditions;
using Personalization.Tests.Features.Conditions;

namespace Personalization.Tests.Budgets;

/// <summary>Asking allocates nothing, whatever is asked.</summary>
[FixtureLifeCycle(LifeCycle.InstancePerTestCase)]
public sealed class ConditionBudgetTests
{
    private readonly ConditionWorld _world = new();

    [TestCaseSource(typeof(ConditionReaderTests), nameof(ConditionReaderTests.Good))]
    public void A_condition_is_asked_without_allocating(string json)
    {
        for (var i = 0; i < 60; i++)
        {
            _world.Happens(
                i % 7 == 6 ? "Order Completed" : i % 3 == 2 ? "Product Added" : "Product Viewed", i,
                [("color", i % 2 == 0 ? "red" : "blue"), ("context.device.type", "mobile")], [("tent", "tents", 99.99f), ("stove", "stoves", 19.99f)], 20, 1);
        }

        _world.Says("plan", "gold").Says("age", 30).Says("email", "a@shop.example").Says("renews_at", "2026-01-10T00:00:00Z")
            .Says("company.name", "acme").Says("name", "b").Says("phone", "1").Says("signed_up_at", "2025-01-01");
        _world.Segments.Add("vip");
        _world.Lists.Add("press_2026");
        _world.Stages["checkout"] = 2;
        _world.Values["orders_30d"] = (3, long.MaxValue);
        _world.Values["last_event_at"] = (ConditionWorld.Start, long.MaxValue);
        var condition = _world.Compile(json);
        _world.At(70);
        _ = (_world.Snapshot.Facts, _world.Snapshot.Traits);
        Ask(condition, 100);

        var before = GC.GetAllocatedBytesForCurrentThread();
        Ask(condition, 1_000);

        Assert.That(GC.GetAllocatedBytesForCurrentThread() - before, Is.Zero);
    }

    private void Ask(CompiledCondition condition, int times)
    {
        for (var i = 0; i < times; i++)
        {
            _world.Snapshot.AskAnew();
            condition.Holds(_world.Snapshot);
        }
    }
}
