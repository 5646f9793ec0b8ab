using System.Net;
using System.Text.Json;
using NUnit.Framework;
using Personalization.Tests.Support;

namespace Personalization.Tests.Tracking.DeadLetters;

/// <summary>Letters are looked at, mended, sent in again and left.</summary>
[Parallelizable]
internal sealed class DeadLetterReplayTests : LetterShop
{
    private static readonly DateTimeOffset Sent = new(2026, 9, 1, 12, 0, 0, TimeSpan.Zero);

    [Test]
    public async Task A_corrected_event_counts_at_its_own_time_and_under_its_own_id()
    {
        await PostAsync("/v1/batch", new
        {
            sentAt = Sent,
            context = new { consent = new { categoryPreferences = new { profile = true } } },
            batch = new[] { new { type = "track", anonymousId = "ann", messageId = "m1", timestamp = Sent.AddHours(-3), properties = new { product_id = "tent" } } },
        });
        var letter = await OnlyAsync();
        var received = letter.GetProperty("receivedAt").GetDateTimeOffset();

        var corrected = await SendAsync(HttpMethod.Patch, $"/v1/dead-letters/{letter.Id()}/body", """{"event":"Product Viewed"}""");
        var replayed = await ReplayAsync(letter.Id());

        Assert.That(corrected.GetProperty("wouldBeTaken").GetBoolean());
        Assert.That(replayed.Text("state"), Is.EqualTo("replayed"));
        Assert.That(replayed.GetProperty("attempts").GetInt32(), Is.EqualTo(1));
        Assert.That(await ViewsAsync("ann"), Is.EqualTo(1));
        var profile = JsonElement.Parse(await Shop.Server.GetStringAsync("/v1/profiles/lookup?anonymousId=ann")).GetProperty("profileId").GetInt32();
        var stored = JsonElement.Parse(await Shop.Server.GetStringAsync($"/v1/profiles/{profile}/events"))[0];
        Assert.That(stored.GetProperty("receivedAt").GetDateTimeOffset(), Is.EqualTo(received));
        Assert.That(stored.GetProperty("timestamp").GetDateTimeOffset(), Is.EqualTo(received.AddHours(-3)), "corrected by the error of the client's clock");
        Assert.That(stored.GetProperty("event").GetProperty("messageId").GetString(), Is.EqualTo("m1"));
    }

    [Test]
    public async Task What_the_client_has_sent_again_meanwhile_stays_out()
    {
        await PostAsync("/v1/track", """{"anonymousId":"ann","messageId":"m1","properties":{"product_id":"tent"}}""");
        var id = (await OnlyAsync()).Id();
        await Shop.TrackAsync("/v1/track", ShopEvents.View("ann", "tent", "m1"));

        await SendAsync(HttpMethod.Patch, $"/v1/dead-letters/{id}/body", """{"event":"Product Viewed"}""");
        await ReplayAsync(id);

        Assert.That(await ViewsAsync("ann"), Is.EqualTo(1));
    }

    [Test]
    public async Task A_letter_without_a_message_id_gets_one_so_that_it_counts_once_however_it_is_sent_in()
    {
        await PostAsync("/v1/track", """{"anonymousId":"ann","properties":{"product_id":"tent"}}""");
        var id = (await OnlyAsync()).Id();
        await SendAsync(HttpMethod.Patch, $"/v1/dead-letters/{id}/body", """{"event":"Product Viewed"}""");

        await ReplayAsync(id);
        await Shop.TrackAsync("/v1/track", ShopEvents.View("ann", "tent", $"dead-letter-{id}"));

        Assert.That(await ViewsAsync("ann"), Is.EqualTo(1));
        await SendAsync(HttpMethod.Post, $"/v1/dead-letters/{id}/replay", expected: HttpStatusCode.Conflict);
    }

    [Test]
    public async Task A_letter_that_is_refused_again_stays_and_says_why()
    {
        await PostAsync("/v1/track", """{"anonymousId":"ann","messageId":"m1"}""");
        var id = (await OnlyAsync()).Id();

        var replayed = await ReplayAsync(id);

        Assert.That(replayed.Text("state"), Is.EqualTo("open"));
        Assert.That(replayed.Text("lastResult"), Does.Contain("'event' is needed"));
        Assert.That(await ListAsync(), Has.Count.EqualTo(1), "its own refusal is no new letter");
    }

    [Test]
    public async Task A_whole_request_can_be_mended_and_what_is_still_wrong_in_it_becomes_letters_of_its_own()
    {
        await PostAsync("/v1/batch", """{"batch":[{"type":"track","event":"Product Viewed","anonymousId":"ann","properties":{"product_id":"tent"}},]}""");
        var id = (await OnlyAsync()).Id();

        var corrected = await SendAsync(
            HttpMethod.Put,
            $"/v1/dead-letters/{id}/body",
            """{"batch":[{"type":"track","event":"Product Viewed","anonymousId":"ann","properties":{"product_id":"tent"}},{"type":"track","anonymousId":"bob"}]}""");
        var replayed = await ReplayAsync(id);

        Assert.That(corrected.Text("fault"), Does.Contain("'event' is needed"));
        Assert.That(replayed.Text("state"), Is.EqualTo("replayed"));
        Assert.That(await ViewsAsync("ann"), Is.EqualTo(1));
        Assert.That((await OnlyAsync("?state=open")).Text("messageId"), Is.EqualTo($"dead-letter-{id}-1"));
    }

    [Test]
    public async Task One_stated_patch_corrects_all_that_match_and_one_call_replays_them()
    {
        await PostAsync("/v1/batch", $$"""{"batch":[{{string.Join(',', Enumerable.Range(0, 150).Select(i => $$$"""{"type":"track","evnt":"Product Viewed","anonymousId":"ann","messageId":"m{{{i}}}","properties":{"product_id":"tent"}}"""))}}]}""");
        await PostAsync("/v1/track", """{"event":"Product Viewed","messageId":"other"}""");
        const string patch = """{"filter":{"fault":"name_missing"},"patch":[{"op":"move","from":"/evnt","path":"/event"}],"dryRun":DRY}""";

        var dry = await SendAsync(HttpMethod.Post, "/v1/dead-letters/correct", patch.Replace("DRY", "true", StringComparison.Ordinal));
        var untouched = await ListAsync("?state=corrected");
        var corrected = await SendAsync(HttpMethod.Post, "/v1/dead-letters/correct", patch.Replace("DRY", "false", StringComparison.Ordinal));
        var replayed = await SendAsync(HttpMethod.Post, "/v1/dead-letters/replay", """{"filter":{"state":"corrected"}}""");

        Assert.That(dry.GetProperty("outcomes").GetProperty("corrected").GetInt32(), Is.EqualTo(150));
        Assert.That(dry.GetProperty("results")[0].GetProperty("body").GetProperty("event").GetString(), Is.EqualTo("Product Viewed"));
        Assert.That(dry.GetProperty("results")[0].Text("detail"), Is.EqualTo("It would be taken."));
        Assert.That(untouched, Is.Empty);
        Assert.That(corrected.GetProperty("outcomes").GetProperty("corrected").GetInt32(), Is.EqualTo(150));
        Assert.That(corrected.Text("nextCursor"), Is.Null);
        Assert.That(replayed.GetProperty("outcomes").GetProperty("replayed").GetInt32(), Is.EqualTo(150), replayed.GetRawText());
        Assert.That(await ViewsAsync("ann"), Is.EqualTo(150));
        Assert.That((await OnlyAsync("?state=open")).Text("messageId"), Is.EqualTo("other"));
    }

    [Test]
    public async Task A_call_takes_a_bounded_part_and_its_cursor_goes_on()
    {
        await PostAsync("/v1/batch", $$"""{"batch":[{{string.Join(',', Enumerable.Range(0, 10).Select(i => $$"""{"type":"track","anonymousId":"ann","messageId":"m{{i}}"}"""))}}]}""");

        var first = await SendAsync(HttpMethod.Post, "/v1/dead-letters/correct", """{"filter":{},"patch":{"event":"X"},"limit":4}""");
        var second = await SendAsync(HttpMethod.Post, "/v1/dead-letters/correct", $$"""{"filter":{},"patch":{"event":"X"},"limit":7,"cursor":"{{first.Text("nextCursor")}}"}""");

        Assert.That(first.GetProperty("letters").GetInt32(), Is.EqualTo(4));
        Assert.That(second.GetProperty("letters").GetInt32(), Is.EqualTo(6));
        Assert.That(second.Text("nextCursor"), Is.Null);
        Assert.That(await ListAsync("?state=corrected"), Has.Count.EqualTo(10));
    }

    [Test]
    public async Task A_patch_that_fits_some_letters_only_says_which_not()
    {
        await PostAsync("/v1/track", "no json");
        await PostAsync("/v1/track", """{"anonymousId":"ann","messageId":"m1"}""");

        var answer = await SendAsync(
            HttpMethod.Post, "/v1/dead-letters/correct", """{"filter":{},"patch":[{"op":"add","path":"/event","value":"Product Viewed"}]}""");

        Assert.That(answer.GetProperty("outcomes").GetProperty("corrected").GetInt32(), Is.EqualTo(1));
        Assert.That(answer.GetProperty("outcomes").GetProperty("failed").GetInt32(), Is.EqualTo(1));
        Assert.That(answer.GetProperty("results")[0].Text("detail"), Does.StartWith("The body is not JSON"));
    }

    [TestCase("""{"patch":{}}""", Description = "without a filter")]
    [TestCase("""{"filter":{"resaon":"invalid"},"patch":{}}""", Description = "a misspelt name would mean every letter")]
    [TestCase("""{"filter":{"reason":"bad"},"patch":{}}""")]
    [TestCase("""{"filter":{},"patch":7}""")]
    [TestCase("""{"filter":{},"patch":[{"op":"increase","path":""}]}""")]
    [TestCase("""{"filter":{},"patch":[{"op":"add","path":"event","value":1}]}""")]
    [TestCase("""{"filter":{},"patch":{},"limit":0}""")]
    [TestCase("""{"filter":{},"patch":{},"unknown":1}""")]
    [TestCase("""{"filter":{},"patch":{},"source":"$lists"}""")]
    [TestCase("""[]""")]
    [TestCase("""no json""")]
    public async Task An_unclear_request_changes_nothing(string request) =>
        await SendAsync(HttpMethod.Post, "/v1/dead-letters/correct", request, HttpStatusCode.BadRequest);

    [TestCase("$lists")]
    [TestCase("$traits")]
    public async Task A_stranger_s_letter_cannot_be_sent_in_as_a_source_of_our_own(string source)
    {
        await PostAsync("/v1/identify", """{"anonymousId":"ann","messageId":"m1","context":{"peopleList":{"id":"vip","edition":1,"isOn":true}}}""", "nobody");
        var id = (await OnlyAsync()).Id();

        await SendAsync(HttpMethod.Post, $"/v1/dead-letters/{id}/replay?source={Uri.EscapeDataString(source)}", expected: HttpStatusCode.BadRequest);
        await SendAsync(HttpMethod.Post, "/v1/dead-letters/replay", new { filter = new { }, source }, HttpStatusCode.BadRequest);

        Assert.That((await GetAsync(id)).Text("state"), Is.EqualTo("open"));
        await SendAsync(HttpMethod.Post, $"/v1/dead-letters/{id}/replay?source=shop");
        Assert.That((await GetAsync(id)).Text("state"), Is.EqualTo("replayed"));
    }

    [Test]
    public async Task A_discarded_letter_loses_its_content_and_can_no_longer_be_used()
    {
        await PostAsync("/v1/track", """{"anonymousId":"ann","messageId":"m1"}""");
        var id = (await OnlyAsync()).Id();

        await SendAsync(HttpMethod.Delete, $"/v1/dead-letters/{id}", expected: HttpStatusCode.NoContent);
        await SendAsync(HttpMethod.Delete, $"/v1/dead-letters/{id}", expected: HttpStatusCode.NoContent);

        var letter = await GetAsync(id);
        Assert.That(letter.Text("state"), Is.EqualTo("discarded"));
        Assert.That(letter.TryGetProperty("body", out _), Is.False);
        await SendAsync(HttpMethod.Put, $"/v1/dead-letters/{id}/body", "{}", HttpStatusCode.Conflict);
        await SendAsync(HttpMethod.Post, $"/v1/dead-letters/{id}/replay", expected: HttpStatusCode.Conflict);
        await SendAsync(HttpMethod.Delete, "/v1/dead-letters/99", expected: HttpStatusCode.NotFound);
    }

    [Test]
    public async Task Lists_are_filtered_and_paged()
    {
        await PostAsync("/v1/batch", """{"batch":[{"type":"page","messageId":"a"},{"type":"track","anonymousId":"bob","messageId":"b"},{"type":"track","event":"Gone","messageId":"c"}]}""");
        await PostAsync("/v1/track", "no json");

        var first = JsonElement.Parse(await Shop.Server.GetStringAsync("/v1/dead-letters?limit=3"));
        var second = await ListAsync($"?limit=3&cursor={first.Text("nextCursor")}");

        Assert.That(first.GetProperty("letters").EnumerateArray().Select(letter => letter.Text("messageId")), Is.EqualTo(new[] { null, "c", "b" }));
        Assert.That(second.Select(letter => letter.Text("messageId")), Is.EqualTo(new[] { "a" }));
        Assert.That((await ListAsync("?event=Gone")).Select(letter => letter.Text("messageId")), Is.EqualTo(new[] { "c" }));
        Assert.That((await ListAsync("?anonymousId=bob")).Select(letter => letter.Text("messageId")), Is.EqualTo(new[] { "b" }));
        Assert.That(await ListAsync("?source=shop&reason=unparsable&state=open"), Has.Count.EqualTo(1));
        Assert.That(await ListAsync("?source=other"), Is.Empty);
        Assert.That(await ListAsync("?from=2020-01-01&to=2021-01-01T00:00:00Z"), Is.Empty);
        Assert.That(await ListAsync("?from=2020-01-01"), Has.Count.EqualTo(4));
        foreach (var query in new[] { "?reason=bad", "?state=x", "?from=noon", "?limit=-1", "?cursor=x" })
        {
            await SendAsync(HttpMethod.Get, "/v1/dead-letters" + query, expected: HttpStatusCode.BadRequest);
        }

        var summary = JsonElement.Parse(await Shop.Server.GetStringAsync("/v1/dead-letters/summary"));
        Assert.That(summary.GetProperty("open").GetInt64(), Is.EqualTo(4));
        Assert.That(
            summary.GetProperty("counts").EnumerateArray().Select(count => (count.Text("reason"), count.GetProperty("letters").GetInt64())),
            Is.EquivalentTo(new[] { ("invalid", 3L), ("unparsable", 1L) }));
    }

    [Test]
    public async Task Letters_outlive_a_restart_with_all_that_was_done_about_them()
    {
        await PostAsync("/v1/track", """{"anonymousId":"ann","messageId":"m1","properties":{"product_id":"tent"}}""");
        var id = (await OnlyAsync()).Id();
        await SendAsync(HttpMethod.Patch, $"/v1/dead-letters/{id}/body", """{"event":"Product Viewed"}""");

        await RestartAsync();

        Assert.That((await GetAsync(id)).Text("state"), Is.EqualTo("corrected"));
        await ReplayAsync(id);
        Assert.That(await ViewsAsync("ann"), Is.EqualTo(1));
    }

    [Test]
    public async Task An_erased_person_leaves_no_letter_and_no_trace_in_the_file()
    {
        const string canary = "zanzibar-canary-4711";
        await Shop.TrackAsync("/v1/track", ShopEvents.View(canary, "tent"));
        await PostAsync("/v1/track", $$"""{"anonymousId":"{{canary}}","messageId":"m1"}""");
        await PostAsync("/v1/batch", $$"""{"batch":[{"anonymousId" : "{{canary}}","type":"track" """);
        await PostAsync("/v1/track", """{"anonymousId":"bob","messageId":"m2"}""");
        await Shop.SettleAsync();
        Assert.That(await ListAsync(), Has.Count.EqualTo(3));
        Assert.That(FilesHold(canary));

        var profile = JsonElement.Parse(await Shop.Server.GetStringAsync($"/v1/profiles/lookup?anonymousId={canary}")).GetProperty("profileId").GetInt32();
        var receipt = await SendAsync(HttpMethod.Delete, $"/v1/profiles/{profile}");

        Assert.That(receipt.GetProperty("stores").GetProperty("tracking/dead-letters").GetInt64(), Is.EqualTo(2));
        Assert.That((await OnlyAsync()).Text("messageId"), Is.EqualTo("m2"));
        Assert.That(FilesHold(canary), Is.False);
    }

    [Test]
    public async Task Changes_of_one_letter_at_once_are_made_one_after_the_other()
    {
        await PostAsync("/v1/track", """{"anonymousId":"ann","messageId":"m1"}""");
        var id = (await OnlyAsync()).Id();

        await Task.WhenAll(Enumerable.Range(0, 12).Select(i => SendAsync(HttpMethod.Patch, $"/v1/dead-letters/{id}/body", $$$"""{"properties":{"k{{{i}}}":{{{i}}}}}""")));

        Assert.That((await GetAsync(id)).GetProperty("body").GetProperty("properties").EnumerateObject().Count(), Is.EqualTo(12));
    }

    private bool FilesHold(string text) => Directory.GetFiles(Folder, "dead_letters.db*").Any(file =>
    {
        using var stream = new FileStream(file, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
        using var copy = new MemoryStream();
        stream.CopyTo(copy);
        return copy.GetBuffer().AsSpan(0, (int)copy.Length).IndexOf(System.Text.Encoding.UTF8.GetBytes(text)) >= 0;
    });
}
