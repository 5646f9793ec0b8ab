using System.Text.Json;
using NUnit.Framework;

namespace Personalization.Tests.Browser.Sdk;

/// <summary>What <c>identify</c> takes for an id, what for traits, and what for neither.</summary>
[Parallelizable]
[TestFixture]
internal sealed class IdentifyTests : SdkTests
{
    [Test]
    public async Task Without_id_and_traits_nothing_is_sent_nobody_changes_and_it_is_reported()
    {
        var page = await OpenAsync();

        await page.EvaluateAsync("""
            p.identify('ann');
            p.identify(undefined);
            p.identify(null);
            p.identify('');
            p.identify(NaN);
            p.identify({});
            p.identify();
            p.identify(null, { email: undefined });
            p.identify({ get email() { throw new Error('of the page'); } });
            p.track('One');
            """);

        await SentAsync(page, 2);
        var dropped = await HeardAsync(page, "dropped");
        Assert.That(await LoggedNamesAsync(), Is.EqualTo(new[] { "identify", "One" }));
        Assert.That((await LoggedAsync())[1].GetProperty("userId").GetString(), Is.EqualTo("ann"), "nobody signed out");
        Assert.That(dropped.Select(detail => detail.GetProperty("reason").GetString()), Is.EqualTo(Enumerable.Repeat("invalid", 8)));
        Assert.That(Console, Is.Empty);
    }

    [Test]
    public async Task Traits_without_an_id_are_of_whoever_the_shopper_is()
    {
        var page = await OpenAsync();

        await page.EvaluateAsync("""
            p.identify({ email: 'ann@shop.example' });
            p.identify(null, { plan: 'none' });
            p.identify('ann');
            p.identify(undefined, { plan: 'gold' });
            p.identify({ plan: 'silver' }, { messageId: 'of-the-options' });
            """);

        await SentAsync(page, 5);
        var batch = JsonElement.Parse(Door.SeenAt("/v1/batch")[0].Body).GetProperty("batch").EnumerateArray().ToList();
        var userIds = batch.Select(entry => entry.TryGetProperty("userId", out var user) ? user.GetString() : null);
        Assert.That(userIds, Is.EqualTo(new[] { null, null, "ann", "ann", "ann" }));
        Assert.That(batch.Select(entry => entry.GetProperty("anonymousId").GetString()).Distinct().Count(), Is.EqualTo(1), "all of one history");
        Assert.That(batch.Select(entry => entry.GetProperty("traits").GetRawText()), Is.EqualTo(new[]
        {
            """{"email":"ann@shop.example"}""", """{"plan":"none"}""", "{}", """{"plan":"gold"}""", """{"plan":"silver"}""",
        }));
        Assert.That(batch[4].GetProperty("messageId").GetString(), Is.EqualTo("of-the-options"));
        Assert.That(await LoggedNamesAsync(), Has.Count.EqualTo(5), "the server took them");
    }

    [TestCase("42", "42")]
    [TestCase("0", "0")]
    [TestCase("42n", "42")]
    public async Task A_number_is_an_id(string id, string userId)
    {
        var page = await OpenAsync();

        await page.EvaluateAsync($"p.identify({id})");

        await SentAsync(page, 1);
        Assert.That((await LoggedAsync())[0].GetProperty("userId").GetString(), Is.EqualTo(userId));
    }
}
