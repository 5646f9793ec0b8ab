using NUnit.Framework;

namespace Personalization.Tests.Browser.Sdk;

[TestFixture]
internal sealed class FirstEventTests : SdkTests
{
    [Test]
    public async Task An_event_of_a_page_is_in_the_log()
    {
        var page = await OpenAsync();

        await page.EvaluateAsync("p.track('Product Viewed', { product_id: 'sku-1' })");

        await SentAsync(page, 1);
        var logged = await LoggedAsync();
        Assert.That(logged, Has.Count.EqualTo(1));
        Assert.That(logged[0].GetProperty("event").GetString(), Is.EqualTo("Product Viewed"));
        Assert.That(logged[0].GetProperty("properties").GetProperty("product_id").GetString(), Is.EqualTo("sku-1"));
    }
}
