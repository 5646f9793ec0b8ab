using System.Net;
using System.Text;
using System.Text.Json;
using NUnit.Framework;

namespace Personalization.Tests.Consent.Rights;

[Parallelizable]
internal sealed class AccessRequestTests : RightsTests
{
    protected override string[] Arguments() => [.. base.Arguments(), "--Personalization:Rights:MaxDownloads=2", "--Personalization:Rights:Information:contact=dpo@shop.example"];

    [Test]
    public async Task A_copy_holds_everything_about_the_person_and_nothing_about_others()
    {
        await PlantAsync();
        await ConsentAndSeeAsync();

        var (bundle, text) = await FetchAsync((await CompleteAsync("access")).GetProperty("export").GetProperty("link").GetString()!);

        Assert.That(bundle.GetProperty("manifest").GetProperty("type").GetString(), Is.EqualTo("access"));
        Assert.That(Names(bundle.GetProperty("events"), "event", "type"), Is.EqualTo(new[] { "track", "identify", "track" }));
        Assert.That(bundle.GetProperty("identifiers").EnumerateArray().Select(id => id.GetProperty("value").GetString()), Is.SupersetOf(new[] { Canary, Canary + "-device", "canary@zanzibar.example" }));
        Assert.That(bundle.GetProperty("consentHistory")[0].GetProperty("statement").ToString(), Does.Contain("Profile"));
        Assert.That(bundle.GetProperty("recommendationsShown")[0].GetProperty("decision").GetString(), Is.EqualTo("decision-1"));
        Assert.That(bundle.GetProperty("stores").EnumerateObject().Select(store => store.Name), Does.Contain("features/profiles").And.Contain("tracking/dead-letters"));
        Assert.That(bundle.GetProperty("information").GetProperty("logic").GetString(), Is.Not.Empty);
        Assert.That(bundle.GetProperty("information").GetProperty("ofTheController").GetProperty("contact").GetString(), Is.EqualTo("dpo@shop.example"));
        Assert.That(text, Does.Not.Contain("stove").And.Not.Contain("\"ann\""));
    }

    [Test]
    public async Task A_portable_copy_leaves_out_what_was_inferred()
    {
        await PlantAsync();

        var (bundle, text) = await FetchAsync((await CompleteAsync("portability")).GetProperty("export").GetProperty("link").GetString()!);

        Assert.That(bundle.GetProperty("events").GetArrayLength(), Is.EqualTo(2));
        Assert.That(bundle.TryGetProperty("stores", out _), Is.False);
        Assert.That(text, Does.Not.Contain("inferred"));
    }

    [Test]
    public async Task An_event_that_is_hardly_text_does_not_keep_a_person_from_their_copy()
    {
        var deep = string.Concat(Enumerable.Repeat("{\"a\":", 25)) + "1" + new string('}', 25);
        foreach (var properties in new[] { "{\"half\":\"\\ud800\",\"decision_id\":\"\\udc00\"}", deep, "{\"zero\":\"\\u0000\"}" })
        {
            using var taken = await Shop.Client.PostAsync(
                "/v1/track", Support.ShopServer.Json($$"""{"type":"track","userId":"{{Canary}}","event":"Odd","properties":{{properties}}}"""));
            Assert.That(taken.IsSuccessStatusCode, Is.True, properties);
        }

        await Shop.SettleAsync();
        var (bundle, _) = await FetchAsync((await CompleteAsync("access")).GetProperty("export").GetProperty("link").GetString()!);

        Assert.That(bundle.GetProperty("events").GetArrayLength(), Is.EqualTo(3));
    }

    [Test]
    public async Task The_file_is_encrypted_and_only_the_right_key_opens_it()
    {
        await PlantAsync();
        var link = (await CompleteAsync("access")).GetProperty("export").GetProperty("link").GetString()!;
        var wrong = link[..^43] + new string('A', 43);

        using var refused = await Shop.Client.GetAsync(wrong);
        using var without = await Shop.Client.GetAsync(link[..link.IndexOf('?')]);

        Assert.That((refused.StatusCode, without.StatusCode), Is.EqualTo((HttpStatusCode.NotFound, HttpStatusCode.NotFound)));
        foreach (var file in Directory.GetFiles(Folder, "rights*").Concat(Exports()))
        {
            await using var stream = new FileStream(file, FileMode.Open, FileAccess.Read, FileShare.ReadWrite);
            using var bytes = new MemoryStream();
            await stream.CopyToAsync(bytes);
            Assert.That(Encoding.Latin1.GetString(bytes.ToArray()), Does.Not.Contain(Canary), file);
        }

        using var right = await Shop.Client.GetAsync(link);
        Assert.That(right.StatusCode, Is.EqualTo(HttpStatusCode.OK));
        Assert.That(right.Headers.CacheControl!.NoStore, Is.True);
    }

    [Test]
    public async Task A_link_works_as_often_as_it_may_and_its_file_is_gone_then()
    {
        await PlantAsync();
        var done = await CompleteAsync("access");
        var link = done.GetProperty("export").GetProperty("link").GetString()!;

        using var first = await Shop.Client.GetAsync(link);
        using var second = await Shop.Client.GetAsync(link);
        await UntilAsync(() => Task.FromResult(!Exports().Any()), () => "the file is still there");
        using var third = await Shop.Client.GetAsync(link);

        Assert.That((first.StatusCode, second.StatusCode), Is.EqualTo((HttpStatusCode.OK, HttpStatusCode.OK)));
        Assert.That(third.StatusCode, Is.EqualTo(HttpStatusCode.NotFound));
        Assert.That((await RequestAsync(done.GetProperty("id").GetString()!)).GetProperty("export").GetProperty("ended").GetString(), Is.EqualTo("used_up"));
    }

    [Test]
    public async Task Erasing_the_person_ends_their_copies()
    {
        await PlantAsync();
        var access = await CompleteAsync("access");

        var erasure = await CompleteAsync("erasure");

        var receipt = erasure.GetProperty("receipts").EnumerateArray().Single(found => found.GetProperty("store").GetString() == "consent/exports");
        Assert.That(receipt.GetProperty("removed").GetInt64(), Is.EqualTo(1));
        Assert.That(Exports(), Is.Empty);
        using var gone = await Shop.Client.GetAsync(access.GetProperty("export").GetProperty("link").GetString());
        Assert.That(gone.StatusCode, Is.EqualTo(HttpStatusCode.NotFound));
    }

    [Test]
    public async Task A_changed_file_is_not_given_out_as_a_whole_one()
    {
        await PlantAsync();
        var link = (await CompleteAsync("access")).GetProperty("export").GetProperty("link").GetString()!;
        var file = Exports().Single();
        var bytes = await File.ReadAllBytesAsync(file);
        bytes[^20] ^= 1;
        await File.WriteAllBytesAsync(file, bytes);

        Assert.That(async () => await Shop.Client.GetStringAsync(link), Throws.InstanceOf<HttpRequestException>());
    }

    [Test]
    public async Task The_result_is_linked_in_the_status_and_in_the_last_callback()
    {
        await PlantAsync();
        var id = NewId();
        (await SendAsync(HttpMethod.Post, "/opendsr/v2/requests", OpenDsr("access", id, callbacks: Receiver.Url + "/heard"))).Response.Dispose();
        await UntilAsync(() => Task.FromResult(Receiver.Calls.Count == 2), () => $"{Receiver.Calls.Count} calls");

        var heard = JsonElement.Parse(Encoding.UTF8.GetString(Receiver.Calls.Last().Body));
        var status = JsonElement.Parse(await Shop.Server.GetStringAsync($"/opendsr/v2/requests/{id}"));

        Assert.That(heard.GetProperty("request_status").GetString(), Is.EqualTo("completed"));
        Assert.That(status.GetProperty("results_url").GetString(), Is.EqualTo(heard.GetProperty("results_url").GetString()));
        Assert.That(status.GetProperty("results_count").GetInt32(), Is.EqualTo(2));
        var (bundle, _) = await FetchAsync(status.GetProperty("results_url").GetString()!);
        Assert.That(bundle.GetProperty("events").GetArrayLength(), Is.EqualTo(2));
    }

    [Test]
    public async Task A_copy_outlives_a_restart()
    {
        await PlantAsync();
        var done = await CompleteAsync("access");
        await RestartAsync();

        var link = new Uri((await RequestAsync(done.GetProperty("id").GetString()!)).GetProperty("export").GetProperty("link").GetString()!);
        var (bundle, _) = await FetchAsync(link.PathAndQuery);

        Assert.That(bundle.GetProperty("events").GetArrayLength(), Is.EqualTo(2));
    }

    private IEnumerable<string> Exports() => Directory.GetFiles(Path.Combine(Folder, "exports"));

    private async Task<JsonElement> CompleteAsync(string type)
    {
        var request = await CreateAsync(new { type, identities = new[] { new { kind = "user_id", value = Canary } } });
        return await UntilAsync(request.GetProperty("id").GetString()!, "completed");
    }

    private async Task<(JsonElement Bundle, string Text)> FetchAsync(string link)
    {
        var text = await Shop.Client.GetStringAsync(link);
        return (JsonElement.Parse(text), text);
    }

    private static IEnumerable<string?> Names(JsonElement list, string outer, string inner) =>
        list.EnumerateArray().Select(item => item.GetProperty(outer).GetProperty(inner).GetString());

    private async Task ConsentAndSeeAsync()
    {
        await Shop.TrackAsync("/v1/track", new
        {
            type = "track",
            userId = Canary,
            @event = "Recommendation Shown",
            properties = new { decision_id = "decision-1", placement = "home" },
            context = new { consent = new { categoryPreferences = new { Profile = true } }, traits = new { email = "ignored@elsewhere.example" } },
            traits = new { email = "canary@zanzibar.example" },
        });
        await Shop.SettleAsync();
    }
}
