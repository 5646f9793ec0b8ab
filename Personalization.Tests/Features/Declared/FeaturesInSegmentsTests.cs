using System.Net;
using Microsoft.Extensions.DependencyInjection;
using NUnit.Framework;
using Personalization.Features.Domain.Declared;
using Personalization.Tests.Features.Segments;

namespace Personalization.Tests.Features.Declared;

/// <summary>Segments that ask for declared features: in with the event that makes it so, out with the pane that leaves.</summary>
[Parallelizable]
internal sealed class FeaturesInSegmentsTests
{
    private SegmentShop _shop;

    [SetUp]
    public async Task StartShop() => _shop = await SegmentShop.StartAsync();

    [TearDown]
    public async Task StopShop() => await _shop.DisposeAsync();

    [Test]
    public async Task A_feature_lets_in_with_its_event_and_out_when_its_pane_leaves()
    {
        await DeclareAsync("views_1h", new { aggregate = "count", events = new[] { "Product Viewed" }, window = "1h" });
        await _shop.PutAsync("keen", new { feature = "views_1h", op = "gte", value = 2 });
        await _shop.ViewAsync("a");
        await _shop.ViewAsync("b");
        await _shop.ViewAsync("a");
        Assert.That((_shop.IsIn("keen", "a"), _shop.IsIn("keen", "b")), Is.EqualTo((true, false)));

        // Panes are minutes here, counted from 2015, so the event leaves within the last minute of its hour.
        var leaves = SegmentShop.Start - (SegmentShop.Start % 60_000) + 3_600_000;
        await _shop.PassAsync(TimeSpan.FromMilliseconds(leaves - SegmentShop.Start - 1));
        Assert.That(_shop.IsIn("keen", "a"), Is.True);
        await _shop.PassAsync(TimeSpan.FromMilliseconds(1));

        Assert.That(_shop.IsIn("keen", "a"), Is.False);
    }

    [Test]
    public async Task A_feature_that_is_a_text_can_be_compared()
    {
        await DeclareAsync("last_viewed", new { aggregate = "last", of = new { product = "id" }, events = new[] { "Product Viewed" } });
        await _shop.PutAsync("tents", new { feature = "last_viewed", op = "eq", value = "tent" });

        await _shop.ViewAsync("a", "tent");
        Assert.That(_shop.IsIn("tents", "a"), Is.True);
        await _shop.ViewAsync("a", "boots");

        Assert.That(_shop.IsIn("tents", "a"), Is.False);
    }

    private async Task DeclareAsync(string id, object definition)
    {
        var (status, answer) = await _shop.SendAsync(HttpMethod.Put, $"/v1/features/{id}", definition);
        Assert.That(status, Is.EqualTo(HttpStatusCode.Created), answer.ToString());
        var registry = _shop.Shop.Services.GetRequiredService<FeatureRegistry>();
        for (var looks = 0; registry.Find(id, 1) is not { Phase: VersionPhase.Live }; looks++)
        {
            Assert.That(looks, Is.LessThan(1_000), $"'{id}' never became live");
            await Task.Delay(20);
        }
    }
}
