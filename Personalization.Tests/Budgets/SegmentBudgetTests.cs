using System.Text;
using System.Text.Json;
using Microsoft.Extensions.DependencyInjection;
using NUnit.Framework;
using Personalization.Features.Domain.Segments;
using Personalization.Features.Pipeline.Segments;
using Personalization.Tests.Support;
using Personalization.Tracking.Contracts;
using Personalization.Tracking.Domain;
using Personalization.Tracking.Pipeline;

namespace Personalization.Tests.Budgets;

/// <summary>What keeping memberships may allocate: nothing, whether or not an event touches a segment.</summary>
internal sealed class SegmentBudgetTests : ShopTests
{
    private const int Events = 1_000;
    private const int Segments = 20;

    [TestCase("Product Viewed", 0)]
    [TestCase("Order Completed", 0)]
    public async Task An_event_of_a_known_shopper_stays_within_its_budget(string name, long bytesPerEvent)
    {
        for (var i = 0; i < Segments; i++)
        {
            using var put = await Shop.Server.PutAsync(
                $"/v1/segments/s{i}", ShopServer.Json(new { condition = new { @event = "Order Completed", within = "400d", count = new { op = "gte", value = (i * 100) + 1 } } }));
            put.EnsureSuccessStatusCode();
        }

        var roster = Shop.Services.GetRequiredService<SegmentRoster>();
        for (var look = 0; look < 1_000 && roster.Set.Segments.Any(segment => segment.Live is null); look++)
        {
            await Task.Delay(10);
        }

        Assert.That(roster.Set.Segments.Count(segment => segment.Live is not null), Is.EqualTo(Segments));
        var steps = Shop.Services.GetServices<ISequencerStep>().ToArray();
        var stages = Shop.Services.GetServices<IEventStage>().ToArray();
        foreach (var round in new[] { "first", "second", "third", "fourth" })
        {
            Run(Parse(round, name), steps, stages);
        }

        var batch = Parse("measured", name);
        var stage = stages.OfType<UpdateSegmentsStage>().Single();
        var others = stages.TakeWhile(other => other != stage).ToArray();
        Run(batch, steps, others);

        var before = GC.GetAllocatedBytesForCurrentThread();
        for (var i = 0; i < batch.EventCount; i++)
        {
            stage.Apply(batch[i]);
        }

        var allocated = GC.GetAllocatedBytesForCurrentThread() - before;
        Assert.That(roster.Known.Count, Is.EqualTo(50));
        Assert.That(roster.Count(0), Is.EqualTo(name == "Order Completed" ? 50 : 0), "the stage took the events in");
        Assert.That(allocated / Events, Is.LessThanOrEqualTo(bytesPerEvent), $"{allocated} bytes for {Events} events");
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

    /// <summary>Events of 50 shoppers, with message ids of their own.</summary>
    private EventBatch Parse(string round, string name)
    {
        var events = Enumerable.Range(0, Events).Select(i => new
        {
            type = "track",
            @event = name,
            anonymousId = $"shopper-{i % 50}",
            messageId = $"{round}-{i}",
            properties = new { product_id = $"item-{i % 20}", order_id = $"{round}-{i}" },
        });
        var body = Encoding.UTF8.GetBytes(JsonSerializer.Serialize(ShopEvents.Batch(events)));
        var batch = Shop.Services.GetRequiredService<EventBatchPool>().Rent(body.Length);
        batch.EnsureBuffer(body.Length);
        body.CopyTo(batch.Buffer, 0);
        batch.BufferLength = body.Length;
        batch.ReceivedAtMs = batch.LogTimeMs = 1_790_000_000_000;
        var parser = Shop.Services.GetRequiredService<SegmentParser>();
        var outcome = parser.ParseBatch(batch);
        parser.Complete(batch, outcome.Shared);
        return batch;
    }
}
