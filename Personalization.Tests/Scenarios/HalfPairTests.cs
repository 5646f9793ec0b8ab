using System.Text.Json;
using NUnit.Framework;
using Personalization.Tests.Support;

namespace Personalization.Tests.Scenarios;

/// <summary>Clients cut texts in the middle of an emoji, in names as well: whatever looks for such a name or text goes on.</summary>
[Parallelizable]
internal sealed class HalfPairTests : ShopTests
{
    [TestCase("""{"event":"Offer Dismissed","anonymousId":"a","properties":{"offer\ud800_id":"x","chan\ud800nel":"y","offer_id":"o-1"}}""")]
    [TestCase("""{"event":"Offer Dismissed","anonymousId":"a","properties":{"offer_id":"o-\ud800","offer_ids":["\udc00"]}}""")]
    [TestCase("""{"event":"Offer Shown","anonymousId":"a","properties":{"offer_id":"o-1","channel":"\ud800"}}""")]
    [TestCase("""{"event":"Offer Clicked","anonymousId":"a","properties":{"offer_ids":["o-1","\ud83d"]}}""")]
    [TestCase("""{"event":"Product Viewed","anonymousId":"a","properties":{"product_id":"tent"},"context":{"cam\ud800paign":{},"campaign":{"sour\ud800ce":"x","name":"\ud800"}}}""")]
    [TestCase("""{"type":"identify","userId":"u","anonymousId":"a","traits":{"pl\ud800an":"x","plan":"\ud800"}}""")]
    public async Task An_event_that_holds_half_a_surrogate_pair_passes_every_stage(string sent)
    {
        await Shop.TrackAsync("/v1/batch", $$"""{"batch":[{{sent.Replace("{\"event\"", "{\"type\":\"track\",\"event\"", StringComparison.Ordinal)}}]}""");
        await Shop.SettleAsync();

        var live = JsonElement.Parse(await Shop.Server.GetStringAsync("/v1/live?source=shop")).GetProperty("events").EnumerateArray().Single();

        Assert.That(live.GetProperty("verdict").GetString(), Is.EqualTo("accepted"), live.GetRawText());
    }
}
