using System.Text;
using Microsoft.Extensions.DependencyInjection;
using NUnit.Framework;
using Personalization.Kernel.Checkpoints;
using Personalization.Tests.Support;
using Personalization.Tracking.Contracts;
using Personalization.Tracking.Domain;
using Personalization.Tracking.Pipeline;

namespace Personalization.Tests.Budgets;

/// <summary>What an event may allocate behind the door, with every step and every stage of the product in its order.</summary>
internal sealed class EventPathBudgetTests : ShopTests
{
    private const int Events = 2_000;

    /// <summary>
    /// Bytes an event, steps and stages together, once shoppers and items are known and the lists of what is new since a
    /// checkpoint have their size.
    /// </summary>
    private const long BudgetPerEvent = 0;

    [Test]
    public void An_event_of_known_shoppers_and_items_stays_within_its_budget()
    {
        var steps = Shop.Services.GetServices<ISequencerStep>().ToArray();
        var stages = Shop.Services.GetServices<IEventStage>().ToArray();
        foreach (var round in new[] { "first", "second", "third" })
        {
            Run(Parse(round), steps, stages);
        }

        var checkpoint = new CheckpointWriter();
        foreach (var state in Shop.Services.GetServices<ICheckpointed>())
        {
            state.Collect(checkpoint);
        }

        var batch = Parse("measured");

        var before = GC.GetAllocatedBytesForCurrentThread();
        Run(batch, steps, stages);
        var allocated = GC.GetAllocatedBytesForCurrentThread() - before;

        Assert.That(batch.EventCount, Is.EqualTo(Events));
        Assert.That(batch[Events - 1].SessionNumber, Is.Not.Zero, "the stages took the events in");
        Assert.That(allocated / Events, Is.LessThanOrEqualTo(BudgetPerEvent), $"{allocated} bytes for {Events} events");
    }

    private static void Run(EventBatch batch, ISequencerStep[] steps, IEventStage[] stages)
    {
        for (var i = 0; i < batch.EventCount; i++)
        {
            foreach (var step in steps)
            {
                step.Resolve(batch[i]);
            }
        }

        for (var i = 0; i < batch.EventCount; i++)
        {
            foreach (var stage in stages)
            {
                stage.Apply(batch[i]);
            }
        }
    }

    /// <summary>Views of 100 shoppers and 50 items, with message ids of their own.</summary>
    private EventBatch Parse(string round)
    {
        var views = Enumerable.Range(0, Events).Select(i => ShopEvents.View($"shopper-{i % 100}", $"item-{i * 7 % 50}", $"{round}-{i}", "camping"));
        var body = Encoding.UTF8.GetBytes(System.Text.Json.JsonSerializer.Serialize(ShopEvents.Batch(views)));
        var batch = Shop.Services.GetRequiredService<EventBatchPool>().Rent(body.Length);
        batch.EnsureBuffer(body.Length);
        body.CopyTo(batch.Buffer, 0);
        batch.BufferLength = body.Length;
        batch.ReceivedAtMs = 1_790_000_000_000;
        var parser = Shop.Services.GetRequiredService<SegmentParser>();
        var outcome = parser.ParseBatch(batch);
        parser.Complete(batch, outcome.Shared);
        return batch;
    }
}
