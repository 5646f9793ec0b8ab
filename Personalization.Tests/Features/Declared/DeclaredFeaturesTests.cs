using System.Net;
using System.Text.Json;
using Microsoft.Extensions.DependencyInjection;
using NUnit.Framework;
using Personalization.Features.Domain.Declared;
using Personalization.Identity.Contracts;
using Personalization.Tests.Identity.Changes;
using Personalization.Tests.Support;
using static Personalization.Tests.Support.ShopEvents;

namespace Personalization.Tests.Features.Declared;

/// <summary>Features over HTTP: declared, fed, read, replaced, erased.</summary>
[NonParallelizable]
internal sealed class DeclaredFeaturesTests : ShopTests
{
    private const string Orders = """{"aggregate":"count","events":["Order Completed"],"window":"30d"}""";
    private const string Spent = """{"aggregate":"sum","events":["Order Completed"],"window":"lifetime","of":{"product":"price"},"where":{"product":"price","op":"gte","value":10}}""";

    [Test]
    public async Task A_feature_counts_from_its_declaration_on_and_stays_through_a_restart_and_a_replay()
    {
        await DeclareAsync("orders_30d", Orders);
        await DeclareAsync("spent", Spent);
        await TrackAsync(Order("ann", "o1", "tent", "boots"), Order("ann", "o2", "tent"), View("ann", "tent"));

        Assert.That((await NumberAsync("orders_30d", "ann"), await NumberAsync("spent", "ann")), Is.EqualTo((2, 30)));
        Assert.That(await NumberAsync("views", "ann"), Is.EqualTo(1), "built in");
        var before = Digest("ann");

        await RestartAsync();
        Assert.That(await NumberAsync("orders_30d", "ann"), Is.EqualTo(2));
        Assert.That(Digest("ann"), Is.EqualTo(before), "out of the checkpoint");

        await RestartAsync(forget: file => file.StartsWith("features.db", StringComparison.Ordinal) || file.StartsWith("checkpoints.db", StringComparison.Ordinal));
        Assert.That(await NumberAsync("orders_30d", "ann"), Is.EqualTo(2));
        Assert.That(Digest("ann"), Is.EqualTo(before), "out of the log");
    }

    [Test]
    public async Task Values_of_merged_profiles_add_up()
    {
        await DeclareAsync("orders_30d", Orders);
        await DeclareAsync("last_viewed", """{"aggregate":"last","of":{"product":"id"},"events":["Product Viewed"]}""");
        await TrackAsync(Order("phone", "o1", "tent"), View("phone", "tent"), Order("laptop", "o2", "boots"), View("laptop", "boots"));
        await TrackAsync(Identify("ann", "phone"), Identify("ann", "laptop"));

        Assert.That(await NumberAsync("orders_30d", "phone"), Is.EqualTo(2));
        Assert.That((await ValueAsync("last_viewed", "anonymousId=laptop")).GetProperty("value").GetString(), Is.EqualTo("boots"));
    }

    [Test]
    public async Task A_live_event_that_is_too_late_is_left_out_and_counted()
    {
        await DeclareAsync("views_30d", """{"aggregate":"count","events":["Product Viewed"],"window":"30d","lateness":"1h"}""");
        await TrackAsync(At(View("ann", "a"), -90), At(View("ann", "b"), -30), View("ann", "c"));

        Assert.That(await NumberAsync("views_30d", "ann"), Is.EqualTo(2));
        Assert.That((await StatusAsync("views_30d"))[0].GetProperty("late").GetInt64(), Is.EqualTo(1));
    }

    [Test]
    public async Task What_an_item_is_to_everyone_is_counted_whoever_it_was()
    {
        await DeclareAsync("views_7d", """{"key":"item","aggregate":"count","events":["Product Viewed"],"window":"7d"}""");
        await DeclareAsync("mean_price", """{"key":"item","aggregate":"average","of":{"product":"price"},"events":["Order Completed"],"window":"lifetime"}""");
        await TrackAsync([.. Enumerable.Range(0, 40).Select(i => View($"shopper-{i}", i % 4 == 0 ? "tent" : "boots"))]);
        await TrackAsync(Order("ann", "o1", "tent", "boots"), Identify("one", "shopper-0"), Identify("one", "shopper-4"));

        Assert.That(await ItemNumberAsync("views_7d", "tent"), Is.EqualTo(10));
        Assert.That(await ItemNumberAsync("views_7d", "boots"), Is.EqualTo(30));
        Assert.That(await ItemNumberAsync("mean_price", "boots"), Is.EqualTo(10));
        Assert.That((await Shop.Server.GetAsync("/v1/features/views_7d/values?item=nothing")).StatusCode, Is.EqualTo(HttpStatusCode.NotFound));
        Assert.That((await Shop.Server.GetAsync("/v1/features/views_7d/values?profileId=1")).StatusCode, Is.EqualTo(HttpStatusCode.BadRequest));
    }

    [Test]
    public async Task Every_item_of_the_catalogue_has_a_price_band_and_a_stock()
    {
        using var put = await Shop.Server.PutAsync("/v1/catalog/items", ShopServer.Json("""[{"id":"tent","price":50,"stock":3},{"id":"socks","price":9.99,"stock":0},{"id":"gift"}]"""));
        put.EnsureSuccessStatusCode();
        await Shop.SettleAsync();

        Assert.That((await ItemNumberAsync("item_price_band", "tent"), await ItemNumberAsync("item_price_band", "socks")), Is.EqualTo((3, 0)));
        Assert.That((await ItemNumberAsync("item_stock", "tent"), await ItemNumberAsync("item_price", "socks")), Is.EqualTo((3, 9.99)));
        Assert.That((await ValueAsync("item_is_sellable", "item=socks")).GetProperty("value").GetBoolean(), Is.False);
        Assert.That((await ValueAsync("item_stock", "item=gift")).GetProperty("value").ValueKind, Is.EqualTo(JsonValueKind.Null));
    }

    [Test]
    public async Task A_ratio_is_of_features_that_are_live_and_nothing_without_a_denominator()
    {
        await DeclareAsync("orders_30d", Orders);
        await DeclareAsync("views_30d", """{"aggregate":"count","events":["Product Viewed"],"window":"30d"}""");
        await DeclareAsync("conversion", """{"aggregate":"ratio","of":["orders_30d","views_30d"]}""");
        await TrackAsync(Order("bob", "o0", "tent"), View("ann", "a"), View("ann", "b"), View("ann", "c"), View("ann", "d"), Order("ann", "o1", "a"));

        Assert.That(await NumberAsync("conversion", "ann"), Is.EqualTo(0.25));
        Assert.That((await ValueAsync("conversion", "anonymousId=bob")).GetProperty("value").ValueKind, Is.EqualTo(JsonValueKind.Null));

        var (status, answer) = await PutAsync("other", """{"aggregate":"ratio","of":["conversion","nothing"]}""");
        Assert.That(status, Is.EqualTo(HttpStatusCode.BadRequest));
        Assert.That(answer.GetProperty("faults").EnumerateArray().Select(fault => fault.GetProperty("path").GetString()), Is.EqualTo(new[] { "/of/0", "/of/1" }));
    }

    [Test]
    public async Task A_favourite_is_told_with_its_weights()
    {
        await DeclareAsync("categories", """{"aggregate":"affinity","by":{"product":"category"},"events":["Product Viewed"],"halfLife":"7d"}""");
        await TrackAsync(View("ann", "a", category: "Tents"), View("ann", "b", category: "Boots"), View("ann", "c", category: "Tents"));

        var value = await ValueAsync("categories", "anonymousId=ann");
        Assert.That(value.GetProperty("value").GetString(), Is.EqualTo("Tents"));
        Assert.That(value.GetProperty("values").EnumerateArray().Select(each => (each.GetProperty("value").GetString(), Math.Round(each.GetProperty("weight").GetDouble(), 1))),
            Is.EqualTo(new[] { ("Tents", 2d), ("Boots", 1d) }));
    }

    [Test]
    public async Task A_new_version_is_prepared_beside_the_live_one_which_serves_until_it_is_swapped()
    {
        await DeclareAsync("score", Orders);
        await TrackAsync(Order("ann", "o1", "tent"));
        await RestartAsync(arguments: "--Personalization:Features:MaxEventsFilled=0");
        Assert.That((await PutAsync("score", """{"aggregate":"count","events":["Order Completed","Product Viewed"],"window":"lifetime"}""")).Status, Is.EqualTo(HttpStatusCode.OK));
        await TrackAsync(View("ann", "tent"), View("ann", "boots"), View("ann", "socks"));

        Assert.That(await NumberAsync("score", "ann"), Is.EqualTo(1), "the live version still is the first");
        Assert.That((await StatusAsync("score")).Select(version => version.GetProperty("state").GetString()), Is.EqualTo(new[] { "live", "preparing" }));

        using var activated = await Shop.Server.PostAsync("/v1/features/score/versions/2/activate", null);
        Assert.That(activated.StatusCode, Is.EqualTo(HttpStatusCode.OK));
        Assert.That(await NumberAsync("score", "ann"), Is.EqualTo(3), "what it has seen since it was put");
        using var back = await Shop.Server.PostAsync("/v1/features/score/versions/1/activate", null);
        Assert.That(back.StatusCode, Is.EqualTo(HttpStatusCode.Conflict), "its states are gone");
    }

    [Test]
    public async Task A_version_over_a_window_begins_with_what_profiles_did_in_it_before()
    {
        await TrackAsync(Order("ann", "o1", "tent"), View("ann", "boots"), View("bob", "tent"), At(Order("ann", "o2", "tent"), -40 * 24 * 60));
        await DeclareAsync("activity", Orders);
        Assert.That(await NumberAsync("activity", "ann"), Is.EqualTo(1), "the other order lies before the window");

        Assert.That((await PutAsync("activity", """{"aggregate":"count","events":["Order Completed","Product Viewed"],"window":"30d"}""")).Status, Is.EqualTo(HttpStatusCode.OK));
        await WaitUntilLiveAsync(Shop, "activity", version: 2);
        await TrackAsync(View("ann", "socks"));

        Assert.That((await NumberAsync("activity", "ann"), await NumberAsync("activity", "bob")), Is.EqualTo((3, 1)));
        Assert.That((await StatusAsync("activity"))[0].GetProperty("isFilledFromHistory").GetBoolean(), Is.True);
        var before = Digest("ann");
        await RestartAsync(forget: file => file.StartsWith("features.db", StringComparison.Ordinal) || file.StartsWith("checkpoints.db", StringComparison.Ordinal));
        Assert.That(Digest("ann"), Is.EqualTo(before), "out of the log");
    }

    [Test]
    public async Task An_erased_person_leaves_no_state_and_what_is_kept_can_be_asked_for()
    {
        await DeclareAsync("notes", """{"aggregate":"last_n","n":3,"of":{"property":"note"},"events":["Note Written"]}""");
        await TrackAsync(new { type = "track", @event = "Note Written", anonymousId = "ann", messageId = "n1", properties = new { note = "my secret" } });
        Assert.That((await ValueAsync("notes", "anonymousId=ann")).GetProperty("value").GetString(), Is.EqualTo("my secret"));
        var profileId = ProfileOf("ann");
        Assert.That(Digest(profileId), Is.Not.Empty);

        using var erased = await Shop.Server.DeleteAsync($"/v1/profiles/{profileId}");
        Assert.That(erased.IsSuccessStatusCode, Is.True, await erased.Content.ReadAsStringAsync());

        Assert.That(Digest(profileId), Is.Empty);
        await StopAsync();
        foreach (var file in Directory.GetFiles(Folder, "features.db*"))
        {
            Assert.That(await File.ReadAllBytesAsync(file), Has.No.Matches<byte[]>(bytes => bytes.AsSpan().IndexOf("my secret"u8) >= 0), file);
        }
    }

    [Test]
    public async Task An_unmerge_gives_each_side_what_it_had_with_the_events_from_before_the_feature()
    {
        await TrackAsync(View("ann", "a"), View("bob", "a"));
        await DeclareAsync("views_ever", """{"aggregate":"count","events":["Product Viewed"],"window":"lifetime"}""");
        await DeclareAsync("views_30d", """{"aggregate":"count","events":["Product Viewed"],"window":"30d"}""");
        await DeclareAsync("seen", """{"key":"item","aggregate":"count","events":["Product Viewed"],"window":"lifetime"}""");
        await TrackAsync(View("ann", "b"), View("bob", "b"), View("bob", "c"), Identify("ann", "ann"));
        var (ann, bob) = (ProfileOf("ann"), ProfileOf("bob"));
        var before = (Digest(ann), Digest(bob));
        Assert.That((await NumberAsync("views_ever", "bob"), await NumberAsync("views_30d", "bob")), Is.EqualTo((3, 3)));

        await Shop.ChangedAsync(bob, "merge", new { into = ann, reason = "one person" });
        Assert.That(await NumberAsync("views_ever", "bob"), Is.EqualTo(5));
        await Shop.ChangedAsync(ann, "unmerge", new { profileId = bob, reason = "two people" });

        Assert.That((Digest(ann), Digest(bob)), Is.EqualTo(before));
        Assert.That((await ItemNumberAsync("seen", "a"), await ItemNumberAsync("seen", "b")), Is.EqualTo((2, 2)));
    }

    [Test]
    public async Task What_is_kept_is_what_a_replay_beside_the_shop_comes_to()
    {
        await DeclareAsync("score", Orders);
        await DeclareAsync("likes", """{"aggregate":"affinity","by":{"product":"category"},"events":["Product Viewed"]}""");
        await DeclareAsync("seen", """{"key":"item","aggregate":"decayed_sum","events":["Product Viewed"],"halfLife":"1d"}""");
        await TrackAsync([.. Enumerable.Range(0, 60).Select(i => View($"shopper-{i % 9}", $"item-{i % 7}", $"m{i}", $"category {i % 5}"))]);
        await TrackAsync(Order("shopper-1", "o1", "item-1"), Identify("u", "shopper-1"), Identify("u", "shopper-2"));
        await RestartAsync();
        Assert.That((await PutAsync("score", """{"aggregate":"distinct","of":{"product":"id"},"events":["Product Viewed"],"window":"7d"}""")).Status, Is.EqualTo(HttpStatusCode.OK));
        await WaitUntilLiveAsync(Shop, "score", version: 2);
        await TrackAsync([.. Enumerable.Range(0, 20).Select(i => View($"shopper-{i % 4}", $"item-{i % 6}", $"n{i}"))]);

        using var begun = await Shop.Server.PostAsync("/v1/features/verify", content: null);
        Assert.That(begun.StatusCode, Is.EqualTo(HttpStatusCode.Accepted));
        var run = default(JsonElement);
        for (var looks = 0; looks < 1_000 && (looks == 0 || run.GetProperty("state").GetString() == "running"); looks++)
        {
            await Task.Delay(50);
            run = JsonElement.Parse(await Shop.Server.GetStringAsync("/v1/features/verify"));
        }

        Assert.That(run.GetProperty("report").GetProperty("verdict").GetString(), Is.EqualTo("same"), run.ToString());
    }

    [Test]
    public async Task Faults_are_told_all_at_once_and_nothing_changes()
    {
        var (status, answer) = await PutAsync("bad", """{"aggregate":"sum","events":[],"window":"1y","colour":"red"}""");

        Assert.That(status, Is.EqualTo(HttpStatusCode.BadRequest));
        Assert.That(answer.GetProperty("type").GetString(), Is.EqualTo("urn:personalization:problem:features/invalid-definition"));
        Assert.That(answer.GetProperty("faults").EnumerateArray().Select(fault => fault.GetProperty("path").GetString()), Is.EquivalentTo(new[] { "/events", "", "/window", "/colour" }));
        Assert.That((await Shop.Server.GetAsync("/v1/features/bad")).StatusCode, Is.EqualTo(HttpStatusCode.NotFound));
    }

    [Test]
    public async Task Features_that_could_take_too_much_memory_are_refused()
    {
        await Shop.DisposeAsync();
        await using var small = await ShopServer.StartAsync(Folder, "--Personalization:Features:MaxBytesPerKey=2000");
        using var fits = await small.Server.PutAsync("/v1/features/fits", ShopServer.Json("""{"aggregate":"count","events":["A"],"window":"1h"}"""));
        using var refused = await small.Server.PutAsync("/v1/features/large", ShopServer.Json("""{"aggregate":"distinct","of":{"product":"id"},"events":["A"],"window":"1h"}"""));

        Assert.That((fits.StatusCode, refused.StatusCode), Is.EqualTo((HttpStatusCode.Created, HttpStatusCode.BadRequest)));
    }

    [Test]
    public async Task Features_of_the_configuration_are_declared_when_the_process_starts_and_once()
    {
        await Shop.DisposeAsync();
        for (var start = 0; start < 2; start++)
        {
            await using var shop = await ShopServer.StartAsync(Folder, "--Personalization:Features:Definitions:configured=" + Orders);
            await WaitUntilLiveAsync(shop, "configured");
            using var answer = await shop.Server.GetAsync("/v1/features/configured");
            Assert.That(JsonElement.Parse(await answer.Content.ReadAsStringAsync()).GetProperty("versions").GetArrayLength(), Is.EqualTo(1));
        }

        Assert.That(
            async () => await ShopServer.StartAsync(Folder, "--Personalization:Features:Definitions:bad={\"aggregate\":\"sum\"}"),
            Throws.InstanceOf<Microsoft.Extensions.Options.OptionsValidationException>().With.Message.Contains("Lacks 'of'").And.Message.Contains("Lacks 'events'"));
    }

    private static object At(object tracked, int minutes)
    {
        var json = JsonSerializer.SerializeToNode(tracked)!.AsObject();
        json["timestamp"] = TimeProvider.System.GetUtcNow().AddMinutes(minutes).ToString("O");
        return json;
    }

    private static async Task WaitUntilLiveAsync(ShopServer shop, string id, int version = 1)
    {
        var registry = shop.Services.GetRequiredService<FeatureRegistry>();
        var looks = 0;
        while (registry.Find(id, version) is not { Phase: VersionPhase.Live })
        {
            Assert.That(looks++, Is.LessThan(1_000), $"'{id}' never became live");
            await Task.Delay(20);
        }
    }

    private async Task DeclareAsync(string id, string definition)
    {
        var (status, answer) = await PutAsync(id, definition);
        Assert.That(status, Is.EqualTo(HttpStatusCode.Created), answer.ToString());
        await WaitUntilLiveAsync(Shop, id);
    }

    private async Task<(HttpStatusCode Status, JsonElement Answer)> PutAsync(string id, string definition)
    {
        using var answer = await Shop.Server.PutAsync($"/v1/features/{id}", ShopServer.Json(definition));
        return (answer.StatusCode, JsonElement.Parse(await answer.Content.ReadAsStringAsync()));
    }

    private async Task TrackAsync(params object[] events)
    {
        await Shop.TrackAsync("/v1/batch", Batch(events));
        await Shop.SettleAsync();
    }

    private async Task<JsonElement> ValueAsync(string id, string key)
    {
        using var answer = await Shop.Server.GetAsync($"/v1/features/{id}/values?{key}");
        Assert.That(answer.StatusCode, Is.EqualTo(HttpStatusCode.OK), await answer.Content.ReadAsStringAsync());
        return JsonElement.Parse(await answer.Content.ReadAsStringAsync());
    }

    private async Task<double> NumberAsync(string id, string anonymousId) => (await ValueAsync(id, $"anonymousId={anonymousId}")).GetProperty("value").GetDouble();

    private async Task<double> ItemNumberAsync(string id, string item) => (await ValueAsync(id, $"item={item}")).GetProperty("value").GetDouble();

    private async Task<List<JsonElement>> StatusAsync(string id)
    {
        using var answer = await Shop.Server.GetAsync($"/v1/features/{id}");
        return [.. JsonElement.Parse(await answer.Content.ReadAsStringAsync()).GetProperty("status").GetProperty("versions").EnumerateArray()];
    }

    private int ProfileOf(string anonymousId) => Shop.Services.GetRequiredService<IProfileDirectory>().Find(null, anonymousId);

    private byte[] Digest(string anonymousId) => Digest(ProfileOf(anonymousId));

    private byte[] Digest(int profileId) => Shop.Services.GetRequiredService<FeatureStates>().Digest(FeatureKey.Profile, profileId);
}
