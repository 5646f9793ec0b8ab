using System.Text;
using NUnit.Framework;
using Personalization.Tests.Tracking.Schemas;

namespace Personalization.Tests.Budgets;

/// <summary>Looking at every event with its schema allocates as much as reading it does: nothing.</summary>
internal sealed class SchemaBudgetTests
{
    private const string View =
        """{"type":"track","event":"Product Viewed","anonymousId":"a","properties":{"product_id":"p-1","name":"Caf\u00e9","price":7.95,"position":3,"currency":"EUR","own":{"x":[1]}}}""";

    private const string Order =
        """{"type":"track","event":"Order Completed","userId":"u","properties":{"order_id":"o-1","revenue":12.5,"products":[{"product_id":1,"price":3,"quantity":2},{"sku":"s"}]}}""";

    private const string Own = """{"type":"track","event":"Own Event","userId":"u","properties":{"code":"A-17"}}""";

    [TestCase(View)]
    [TestCase(Order)]
    [TestCase(Own)]
    [TestCase($"{View},{Order},{Own}")]
    public void Parsing_and_validating_valid_events_allocates_nothing(string json)
    {
        using var world = new SchemaWorld();
        world.Register("Own Event", """{"properties":{"code":{"pattern":"^[A-Z]-\\d+$"}},"required":["code"]}""");
        var body = Encoding.UTF8.GetBytes($"{{\"batch\":[{string.Join(',', Enumerable.Repeat(json, 50))}]}}");
        for (var i = 0; i < 50; i++)
        {
            world.Parsing.Parse(body, default).Release();
        }

        var before = GC.GetAllocatedBytesForCurrentThread();
        for (var i = 0; i < 20; i++)
        {
            world.Parsing.Parse(body, default).Release();
        }

        var allocated = GC.GetAllocatedBytesForCurrentThread() - before;
        using var _ = Assert.EnterMultipleScope();
        Assert.That(allocated, Is.Zero);
        Assert.That(world.Parsing.Parse(body, default).Warnings, Is.Empty);
    }
}
