using Microsoft.Extensions.DependencyInjection;
using NUnit.Framework;
using Personalization.Tests.Support;
using Personalization.Tracking.Contracts;
using Personalization.Tracking.Domain;
using Personalization.Tracking.Domain.Live;
using Personalization.Tracking.Pipeline;
using Personalization.Tracking.Pipeline.Quality;

namespace Personalization.Tests.Tracking.Quality;

[Parallelizable]
internal sealed class QualityObserverTests : ShopTests
{
    /// <summary>Bytes that watching may allocate for an event that was taken.</summary>
    private const long Budget = 0;

    [Test]
    public void Watching_a_taken_event_allocates_nothing()
    {
        var observer = Shop.Services.GetServices<IEventObserver>().OfType<QualityObserver>().Single();
        var batch = Parse();
        Watch(observer, batch);
        Shop.Services.GetRequiredService<QualityWatch>().Samples.Drain((_, _, _) => { });
        Watch(observer, batch);

        var before = GC.GetAllocatedBytesForCurrentThread();
        Watch(observer, batch);
        var allocated = GC.GetAllocatedBytesForCurrentThread() - before;

        Assert.That(allocated / batch.EventCount, Is.LessThanOrEqualTo(Budget), $"{allocated} bytes for {batch.EventCount} events");
    }

    [Test]
    public void A_verdict_that_comes_late_does_not_hit_the_event_that_took_the_place()
    {
        var ring = new LiveRing(16);
        var place = ring.Add(1, EventType.Track, 0, null);
        for (var offset = 2; offset <= 17; offset++)
        {
            ring.Add(offset, EventType.Track, 0, null);
        }

        ring.Decide(place, 1, EventVerdict.Failed);

        Assert.That(ring.TryRead(16, out var latest) && latest is { Offset: 17, Verdict: null });
        Assert.That(ring.TryRead(0, out _), Is.False, "overwritten");
    }

    private static void Watch(QualityObserver observer, EventBatch batch)
    {
        for (var i = 0; i < batch.EventCount; i++)
        {
            observer.Sequenced(batch[i]);
            observer.Applied(batch[i], EventVerdict.Accepted);
        }
    }

    private EventBatch Parse()
    {
        var views = Enumerable.Range(0, 1_000).Select(i => ShopEvents.View($"shopper-{i % 100}", $"item-{i % 50}", $"m-{i}"));
        var body = System.Text.Json.JsonSerializer.SerializeToUtf8Bytes(ShopEvents.Batch(views));
        var batch = Shop.Services.GetRequiredService<EventBatchPool>().Rent(body.Length);
        batch.EnsureBuffer(body.Length);
        body.CopyTo(batch.Buffer, 0);
        batch.BufferLength = body.Length;
        batch.ReceivedAtMs = TimeProvider.System.GetUtcNow().ToUnixTimeMilliseconds();
        batch.SourceId = 1;
        var parser = Shop.Services.GetRequiredService<SegmentParser>();
        var outcome = parser.ParseBatch(batch);
        parser.Complete(batch, outcome.Shared);
        return batch;
    }
}
