using System.Net;
using NUnit.Framework;

namespace Personalization.Tests.Features.Segments;

/// <summary>A segment follows what it asks about, also when that is defined anew.</summary>
internal sealed class SegmentDependencyTests
{
    private SegmentShop _shop;

    [SetUp]
    public async Task StartShop() => _shop = await SegmentShop.StartAsync();

    [TearDown]
    public async Task StopShop() => await _shop.DisposeAsync();

    [Test]
    public async Task A_funnel_that_is_changed_changes_who_stands_in_it()
    {
        await DefineAsync("/v1/funnels/f", new { steps = new object[] { new { @event = "A" }, new { @event = "B" } }, within = "1h" });
        await _shop.PutAsync("through", new { funnel = "f", op = "gte", step = 2 });
        foreach (var name in new[] { "A", "B" })
        {
            await _shop.TrackAsync("a", name);
        }

        foreach (var name in new[] { "A", "C" })
        {
            await _shop.TrackAsync("c", name);
        }

        Assert.That(await _shop.MembersAsync("through"), Is.EqualTo(new[] { _shop.ProfileOf("a") }));

        await DefineAsync("/v1/funnels/f?activate=true", new { steps = new object[] { new { @event = "A" }, new { @event = "C" } }, within = "1h" });

        Assert.That(await _shop.MembersAsync("through"), Is.EqualTo(new[] { _shop.ProfileOf("c") }));
        Assert.That(await _shop.ChangesAsync(), Is.SupersetOf(new[] { $"-through {_shop.ProfileOf("a")} @0 definition", $"+through {_shop.ProfileOf("c")} @0 definition" }));
    }

    private async Task DefineAsync(string path, object definition)
    {
        var (status, answer) = await _shop.SendAsync(HttpMethod.Put, path, definition);
        Assert.That(status, Is.EqualTo(HttpStatusCode.OK).Or.EqualTo(HttpStatusCode.Created), answer.ToString());
    }
}
