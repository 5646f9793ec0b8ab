using Microsoft.Extensions.DependencyInjection;
using NUnit.Framework;
using Personalization.Kernel.Privacy;
using Personalization.Tests.Support;

namespace Personalization.Tests.Scenarios;

[Parallelizable]
internal sealed class ErasureReachTests : ShopTests
{
    [Test]
    public void Every_store_of_personal_data_is_registered_so_that_erasure_reaches_it()
    {
        var written = typeof(IPersonalDataStore).Assembly.GetTypes()
            .Where(type => type is { IsClass: true, IsAbstract: false } && type.IsAssignableTo(typeof(IPersonalDataStore)));

        var registered = Shop.Services.GetServices<IPersonalDataStore>().ToList();

        Assert.That(registered.Select(store => store.GetType()), Is.EquivalentTo(written));
        Assert.That(registered.Select(store => store.Name), Is.Unique);
    }

    [Test]
    public async Task An_erased_person_stays_erased_when_everything_is_rebuilt_from_the_log()
    {
        const string canary = "zanzibar-canary-4711";
        await Shop.TrackAsync("/v1/batch", ShopEvents.Batch([ShopEvents.View(canary, "tent"), ShopEvents.View("ann", "stove")]));
        await Shop.SettleAsync();
        var lookup = System.Text.Json.JsonElement.Parse(await Shop.Server.GetStringAsync($"/v1/profiles/lookup?anonymousId={canary}"));
        using var erased = await Shop.Server.DeleteAsync($"/v1/profiles/{lookup.GetProperty("profileId").GetInt32()}");
        erased.EnsureSuccessStatusCode();

        await RestartAsync(forget: file => !file.StartsWith("log.", StringComparison.Ordinal));

        Assert.That((await Shop.RecommendAsync($"recently-viewed?anonymousId={canary}")).Ids(), Is.Empty);
        Assert.That((await Shop.RecommendAsync("recently-viewed?anonymousId=ann")).Ids(), Is.EqualTo(new[] { "stove" }));
    }
}
