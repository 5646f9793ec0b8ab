using System.Text;
using System.Text.Json;
using Microsoft.Extensions.DependencyInjection;
using NUnit.Framework;
using Personalization.Identity.Contracts;
using Personalization.Kernel.Privacy;
using Personalization.Tests.Support;

namespace Personalization.Tests.Kernel.Privacy;

[Parallelizable]
internal sealed class SubjectAccessTests : ShopTests
{
    private const string Canary = "zanzibar-canary-0815";

    [Test]
    public async Task What_is_counted_beforehand_is_what_an_erasure_removes()
    {
        await PlantAsync();
        var counted = await Access.CountAsync(Find, CancellationToken.None);

        var erased = await Shop.Services.GetRequiredService<IErasure>().EraseAsync(() => counted.Subject, CancellationToken.None);
        var after = await Access.CountAsync(() => counted.Subject, CancellationToken.None);

        Assert.That(counted.Stores.Where(store => store.Value > 0).Select(store => store.Key), Is.SupersetOf(Expected));
        Assert.That(counted.Stores, Is.EquivalentTo(erased.Stores));
        Assert.That(after.Stores.Values, Is.All.Zero);
    }

    [Test]
    public async Task Every_store_writes_one_value_about_the_person_and_none_about_others()
    {
        await PlantAsync();
        using var bytes = new MemoryStream();
        await using (var json = new Utf8JsonWriter(bytes))
        {
            await Access.ExportAsync(Find, json, CancellationToken.None);
        }

        var text = Encoding.UTF8.GetString(bytes.ToArray());
        var export = JsonElement.Parse(text);

        Assert.That(export.EnumerateObject().Select(store => store.Name), Is.EquivalentTo(Shop.Services.GetServices<IPersonalDataStore>().Select(store => store.Name)));
        Assert.That(export.GetProperty("features/profiles")[0].GetProperty("viewed")[0].GetProperty("item").GetString(), Is.EqualTo("tent"));
        Assert.That(export.GetProperty("decisioning/sessions")[0].GetProperty("items")[0].GetString(), Is.EqualTo("tent"));
        Assert.That(export.GetProperty("consent/state")[0].GetProperty("granted").GetString(), Does.Contain("Profile"));
        Assert.That(export.GetProperty("tracking/dead-letters")[0].GetProperty("event").GetString(), Does.Contain(Canary));
        Assert.That(text, Does.Not.Contain("stove").And.Not.Contain("ann"));
    }

    private static readonly string[] Expected =
        ["identity/identifiers", "identity/timeline", "features/profiles", "consent/state", "decisioning/sessions", "tracking/dead-letters"];

    private ISubjectAccess Access => Shop.Services.GetRequiredService<ISubjectAccess>();

    private ErasureSubject Find()
    {
        var people = Shop.Services.GetRequiredService<IPersonDirectory>();
        return people.SubjectOf(people.Find("anonymous_id", Canary));
    }

    private async Task PlantAsync()
    {
        var consented = new
        {
            type = "track",
            @event = "Product Viewed",
            anonymousId = Canary,
            properties = new { product_id = "tent" },
            context = new { consent = new { categoryPreferences = new { Profile = true, Train = true } } },
        };
        await Shop.TrackAsync("/v1/batch", ShopEvents.Batch([consented, ShopEvents.View("ann", "stove")]));

        // No name: refused, and kept as a dead letter of this person.
        using var refused = await Shop.Client.PostAsync("/v1/track", ShopServer.Json(new { anonymousId = Canary }));
        Assert.That(refused.IsSuccessStatusCode, Is.False);
        await Shop.SettleAsync();
    }
}
