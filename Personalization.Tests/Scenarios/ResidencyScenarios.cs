using System.Net;
using System.Text.Json;
using NUnit.Framework;
using Personalization.Tests.Support;

namespace Personalization.Tests.Scenarios;

/// <summary>Where profiles belong, over HTTP, through restarts, merges and erasure.</summary>
[FixtureLifeCycle(LifeCycle.InstancePerTestCase)]
internal sealed class ResidencyScenarios : IDisposable
{
    private static readonly string[] Rules =
    [
        "--Personalization:Residency:Rules:ads:0=us",
        "--Personalization:Residency:Rules:warehouse:0=eu",
        "--Personalization:Residency:Sources:shop=us",
    ];

    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Test]
    public async Task A_profile_is_tagged_by_its_newest_country_and_else_by_its_source()
    {
        await using var shop = await StartAsync();
        await TrackAsync(shop, Event("ann", "Germany", "2026-01-02T00:00:00Z"), Event("ann", "FR", "2026-01-01T00:00:00Z"), Event("bob", null, "2026-01-01T00:00:00Z"));

        var ann = await TagOf(shop, "ann");
        var bob = await TagOf(shop, "bob");

        Assert.Multiple(() =>
        {
            Assert.That((ann.GetProperty("country").GetString(), ann.GetProperty("region").GetString()), Is.EqualTo(("DE", "eu")));
            Assert.That(Allowed(ann), Is.EqualTo(new[] { ("ads", false), ("warehouse", true) }));
            Assert.That((bob.GetProperty("region").GetString(), bob.GetProperty("origin").GetString()), Is.EqualTo(("us", "source")));
            Assert.That(Allowed(bob), Is.EqualTo(new[] { ("ads", true), ("warehouse", false) }));
        });
    }

    [Test]
    public async Task Tags_are_the_same_from_a_checkpoint_and_from_the_log_alone()
    {
        await using (var shop = await StartAsync())
        {
            await TrackAsync(shop, Event("ann", "DE", "2026-01-02T00:00:00Z"), Event("bob", null, "2026-01-01T00:00:00Z"));
        }

        string fromCheckpoint;
        await using (var shop = await StartAsync())
        {
            fromCheckpoint = (await TagOf(shop, "ann")).GetRawText() + (await TagOf(shop, "bob")).GetRawText();
        }

        foreach (var file in Directory.GetFiles(_folder.Path).Where(file => !Path.GetFileName(file).StartsWith("log.", StringComparison.Ordinal)))
        {
            File.Delete(file);
        }

        await using var replayed = await StartAsync();
        Assert.That((await TagOf(replayed, "ann")).GetRawText() + (await TagOf(replayed, "bob")).GetRawText(), Is.EqualTo(fromCheckpoint));
        Assert.That(fromCheckpoint, Does.Contain("\"DE\""));
    }

    [Test]
    public async Task A_merged_person_has_the_newest_country_of_both_and_an_erased_one_none()
    {
        await using var shop = await StartAsync();
        await TrackAsync(shop, Event("phone", "FR", "2026-01-03T00:00:00Z"));
        await TrackAsync(shop, new { type = "identify", anonymousId = "laptop", userId = "u1", context = Location("DE"), timestamp = "2026-01-01T00:00:00Z" });
        await TrackAsync(shop, new { type = "identify", anonymousId = "phone", userId = "u1", timestamp = "2026-01-04T00:00:00Z" });

        var merged = await TagOf(shop, "laptop");
        var id = merged.GetProperty("profileId").GetInt32();
        using var erased = await shop.Server.DeleteAsync($"/v1/profiles/{id}");

        var after = JsonElement.Parse(await shop.Server.GetStringAsync($"/v1/profiles/{id}/residency"));
        Assert.Multiple(() =>
        {
            Assert.That(merged.GetProperty("country").GetString(), Is.EqualTo("FR"));
            Assert.That(erased.StatusCode, Is.EqualTo(HttpStatusCode.OK));
            Assert.That(after.GetProperty("country").ValueKind, Is.EqualTo(JsonValueKind.Null));
        });
    }

    [Test]
    public async Task An_unknown_profile_is_not_found_and_a_stranger_not_answered()
    {
        await using var shop = await StartAsync();

        using var unknown = await shop.Server.GetAsync("/v1/profiles/12345/residency");
        using var stranger = await shop.Client.GetAsync("/v1/profiles/0/residency");

        Assert.That((unknown.StatusCode, stranger.StatusCode), Is.EqualTo((HttpStatusCode.NotFound, HttpStatusCode.Unauthorized)));
    }

    private static object Event(string anonymousId, string? country, string timestamp) => new
    {
        type = "track",
        @event = "Product Viewed",
        anonymousId,
        timestamp,
        properties = new { product_id = "tent" },
        context = Location(country),
    };

    private static object Location(string? country) => country is null ? new { } : new { location = new { city = "Somewhere", country } };

    private static async Task TrackAsync(ShopServer shop, params object[] events)
    {
        await shop.TrackAsync("/v1/batch", new { batch = events });
        await shop.SettleAsync();
    }

    private static async Task<JsonElement> TagOf(ShopServer shop, string anonymousId)
    {
        var found = JsonElement.Parse(await shop.Server.GetStringAsync($"/v1/profiles/lookup?anonymousId={anonymousId}"));
        return JsonElement.Parse(await shop.Server.GetStringAsync($"/v1/profiles/{found.GetProperty("profileId").GetInt32()}/residency"));
    }

    private static IEnumerable<(string?, bool)> Allowed(JsonElement tag) => tag.GetProperty("destinations").EnumerateArray()
        .Select(rule => (rule.GetProperty("destination").GetString(), rule.GetProperty("isAllowed").GetBoolean()));

    private Task<ShopServer> StartAsync() => ShopServer.StartAsync(_folder.Path, Rules);
}
