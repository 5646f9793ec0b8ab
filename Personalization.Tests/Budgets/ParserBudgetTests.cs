using System.Text;
using NUnit.Framework;
using Personalization.Tests.Tracking;
using Personalization.Tracking.Contracts;

namespace Personalization.Tests.Budgets;

/// <summary>Reading events allocates nothing once the pool's batches have their size: 10 k events/s would else cost the collector megabytes.</summary>
public class ParserBudgetTests
{
    private const string Event =
        """
        {"type":"track","messageId":"m-1","anonymousId":"a-1","userId":"u\u00e9","event":"Product Added","timestamp":"2024-05-01T11:59:00.000Z",
         "context":{"sessionId":"s-1","consent":{"categoryPreferences":{"train":true}},"page":{"url":"https://shop.example/"}},
         "properties":{"product_id":"p-1","category":"Shoes","price":"79.90","products":[{"sku":"x","price":1.5}]}}
        """;

    [Test]
    public void Parsing_a_single_event_allocates_nothing() =>
        Assert.That(Allocated(Encoding.UTF8.GetBytes(Event), EventType.Track), Is.Zero);

    [Test]
    public void Parsing_a_batch_allocates_nothing() =>
        Assert.That(Allocated(Encoding.UTF8.GetBytes($"{{\"batch\":[{string.Join(',', Enumerable.Repeat(Event, 100))}]}}"), default), Is.Zero);

    private static long Allocated(byte[] body, EventType type)
    {
        var parsing = new Parsing();
        for (var i = 0; i < 50; i++)
        {
            parsing.Parse(body, type).Release();
        }

        var before = GC.GetAllocatedBytesForCurrentThread();
        for (var i = 0; i < 100; i++)
        {
            parsing.Parse(body, type).Release();
        }

        return GC.GetAllocatedBytesForCurrentThread() - before;
    }
}
