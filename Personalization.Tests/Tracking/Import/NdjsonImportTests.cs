using System.Net;
using System.Text;
using System.Text.Json;
using NUnit.Framework;
using Personalization.Tests.Support;

namespace Personalization.Tests.Tracking.Import;

[Parallelizable]
internal sealed class NdjsonImportTests : ImportTests
{
    [Test]
    public async Task Imported_events_keep_their_own_time()
    {
        var report = await ImportAsync("source=shop&id=history", Lines(View("ann", "tent"), View("ann", "stove", "2024-05-01T12:05:00+02:00")));
        var timeline = await TimelineAsync("anonymousId=ann");

        Assert.Multiple(() =>
        {
            Assert.That((Number(report, "accepted"), Number(report, "refused")), Is.EqualTo((2L, 0L)));
            Assert.That(report.GetProperty("state").GetString(), Is.EqualTo("completed"));
            Assert.That(report.GetProperty("events").GetProperty("Product Viewed").GetInt64(), Is.EqualTo(2));
            Assert.That(report.GetProperty("firstTimestamp").GetDateTimeOffset(), Is.EqualTo(DateTimeOffset.Parse("2024-05-01T10:05:00Z")));
            Assert.That(
                timeline.EnumerateArray().Select(stored => stored.GetProperty("timestamp").GetDateTimeOffset().UtcDateTime),
                Is.EqualTo(new[] { new DateTime(2024, 5, 1, 10, 5, 0), new DateTime(2024, 5, 1, 12, 0, 0) }));
        });
    }

    [Test]
    public async Task The_clock_fields_of_an_export_do_not_move_its_timestamp()
    {
        var exported = JsonSerializer.Serialize(new
        {
            @event = "Product Viewed",
            anonymousId = "ann",
            timestamp = "2024-05-01T12:00:00Z",
            originalTimestamp = "2024-05-01T11:00:00Z",
            sentAt = "2024-05-01T11:00:05Z",
            receivedAt = "2024-05-01T12:00:05Z",
        });

        await ImportAsync("source=shop", Lines(exported));
        var stored = (await TimelineAsync("anonymousId=ann"))[0];

        Assert.That(stored.GetProperty("timestamp").GetDateTimeOffset(), Is.EqualTo(DateTimeOffset.Parse("2024-05-01T12:00:00Z")));
    }

    [Test]
    public async Task A_time_in_our_future_becomes_now_and_is_counted()
    {
        var report = await ImportAsync("source=shop", Lines(View("ann", "tent", "2099-01-01T00:00:00Z")));

        Assert.That(Number(report, "futureTimestamps"), Is.EqualTo(1));
        Assert.That(report.GetProperty("lastTimestamp").GetDateTimeOffset(), Is.EqualTo(TimeProvider.System.GetUtcNow()).Within(TimeSpan.FromMinutes(5)));
    }

    [Test]
    public async Task A_line_without_a_type_is_a_track_call_and_a_named_type_stays()
    {
        var identify = "{\"type\":\"identify\",\"userId\":\"u1\",\"anonymousId\":\"ann\",\"timestamp\":\"2024-05-01T12:00:00Z\"}";
        var view = "{\"event\":\"Product Viewed\",\"anonymousId\":\"ann\",\"timestamp\":1714564800,\"properties\":{\"product_id\":\"tent\"}}";

        var report = await ImportAsync("source=shop", Lines(view, identify));
        await Shop.SettleAsync();
        var profile = await ProfileAsync("userId=u1");

        Assert.That(Number(report, "accepted"), Is.EqualTo(2));
        Assert.That(profile.GetProperty("counters").GetProperty("views").GetInt32(), Is.EqualTo(1));
    }

    [Test]
    public async Task Bad_lines_are_refused_by_number_and_the_others_are_taken()
    {
        var body = Lines(
            View("ann", "tent"),
            "{\"event\":\"Product Viewed\",",
            "",
            "[1,2]",
            "{\"event\":\"Product Viewed\",\"anonymousId\":\"ann\"}",
            "{\"event\":\"Product Viewed\",\"anonymousId\":\"ann\",\"timestamp\":\"yesterday\"}",
            "{\"event\":\"Product Viewed\",\"timestamp\":\"2024-05-01T12:00:00Z\"}",
            "{\"type\":\"wish\",\"anonymousId\":\"ann\",\"timestamp\":\"2024-05-01T12:00:00Z\"}",
            "{\"event\":\"x\"} {\"event\":\"y\"}",
            View("ann", "stove"));

        var report = await ImportAsync("source=shop&id=bad", body);

        Assert.That((Number(report, "accepted"), Number(report, "refused"), Number(report, "linesRead")), Is.EqualTo((2L, 7L, 10L)));
        Assert.That(Errors(report), Is.EquivalentTo(new[]
        {
            (2L, "NotJson"), (4L, "NotJson"), (5L, "TimestampMissing"), (6L, "TimestampMissing"), (7L, "IdentityMissing"), (8L, "TypeUnknown"),
            (9L, "NotJson"),
        }));
        Assert.That(report.GetProperty("refusedByReason").GetProperty("NotJson").GetInt64(), Is.EqualTo(3));
    }

    [Test]
    public async Task Reports_name_the_first_errors_only_and_count_all()
    {
        var report = await ImportAsync("source=shop", Lines([.. Enumerable.Repeat("nonsense", 1_000)]));

        Assert.That(Number(report, "refused"), Is.EqualTo(1_000));
        Assert.That(report.GetProperty("errors").GetArrayLength(), Is.EqualTo(100));
    }

    [Test]
    public async Task An_import_without_message_ids_doubles_nothing_when_it_is_sent_again()
    {
        var body = Lines([.. Enumerable.Range(0, 700).Select(i => View("ann", "item-" + i))]);
        await ImportAsync("source=shop&id=twice", body);

        var again = await ImportAsync("source=shop&id=twice", body + View("ann", "one more") + "\n");
        await Shop.SettleAsync();

        Assert.That((Number(again, "accepted"), Number(again, "skippedLines"), Number(again, "linesRead")), Is.EqualTo((701L, 700L, 701L)));
        Assert.That((await ProfileAsync("anonymousId=ann")).GetProperty("counters").GetProperty("views").GetInt32(), Is.EqualTo(701));
    }

    [TestCase("\"messageId\":null,")]
    [TestCase("\"messageId\":\"\",")]
    [TestCase("")]
    public async Task A_line_that_names_no_message_gets_an_id_from_its_import_and_its_place(string messageId)
    {
        await ImportAsync("source=shop&id=abc", Lines("", $"{{{messageId}\"event\":\"x\",\"anonymousId\":\"ann\",\"timestamp\":\"2024-05-01\"  }} "));

        var stored = (await TimelineAsync("anonymousId=ann"))[0].GetProperty("event").GetProperty("messageId").GetString();

        Assert.That(stored, Is.EqualTo("import:abc:2"));
    }

    [Test]
    public async Task An_event_with_its_own_message_id_is_the_same_event_live_and_imported()
    {
        await Shop.TrackAsync("/v1/track", ShopEvents.View("ann", "tent", "m-1"));
        await ImportAsync("source=shop", Lines(View("ann", "tent", messageId: "m-1")));
        await Shop.SettleAsync();

        Assert.That((await ProfileAsync("anonymousId=ann")).GetProperty("counters").GetProperty("views").GetInt32(), Is.EqualTo(1));
    }

    [Test]
    public async Task A_dry_run_reports_everything_and_takes_nothing()
    {
        var body = Lines([.. Enumerable.Range(0, 300).Select(i => View("shopper-" + i, "tent")), "nonsense", "{\"event\":\"x\",\"anonymousId\":\"a\"}"]);

        var report = await ImportAsync("source=shop&id=look&dryRun=true", body);
        using var state = await Shop.Server.GetAsync("/v1/imports/look");
        var summary = JsonElement.Parse(await Shop.Server.GetStringAsync("/v1/log/summary"));

        Assert.Multiple(() =>
        {
            Assert.That(report.GetProperty("dryRun").GetBoolean());
            Assert.That((Number(report, "accepted"), Number(report, "refused")), Is.EqualTo((300L, 2L)));
            Assert.That(Errors(report), Is.EquivalentTo(new[] { (301L, "NotJson"), (302L, "TimestampMissing") }));
            Assert.That((Number(report, "anonymousIds"), Number(report, "userIds")), Is.EqualTo((300L, 0L)));
            Assert.That(state.StatusCode, Is.EqualTo(HttpStatusCode.NotFound));
            Assert.That(summary.GetProperty("events").GetInt64(), Is.Zero);
        });
    }

    [TestCase("dryRun=True", true)]
    [TestCase("dryRun=TRUE", true)]
    [TestCase("dryRun=1", true)]
    [TestCase("dryRun", true)]
    [TestCase("dryRun=False", false)]
    public async Task Whoever_asks_for_a_dry_run_gets_one_however_it_is_spelt(string flag, bool isDry)
    {
        var report = await ImportAsync("source=shop&" + flag, Lines(View("ann", "tent")));
        var summary = JsonElement.Parse(await Shop.Server.GetStringAsync("/v1/log/summary"));

        Assert.That((report.GetProperty("dryRun").GetBoolean(), summary.GetProperty("events").GetInt64()), Is.EqualTo((isDry, isDry ? 0L : 1L)));
    }

    [Test]
    public async Task Half_a_surrogate_pair_in_a_name_refuses_its_line_only()
    {
        var body = Lines(
            View("ann", "tent"),
            "{\"me\\ud800ssageIdx\":1,\"type\":\"track\",\"event\":\"S\",\"userId\":\"s\",\"timestamp\":\"2026-10-01T00:00:00Z\"}",
            View("ann", "lamp"));

        var report = await ImportAsync("source=shop&id=half", body);

        Assert.That(Number(report, "accepted"), Is.EqualTo(2));
        Assert.That(Errors(report), Is.EqualTo(new[] { (2L, "NotJson") }));
        Assert.That((await StateAsync("half")).GetProperty("state").GetString(), Is.EqualTo("completed"));
    }

    [TestCase("gzip")]
    [TestCase(null)]
    public async Task A_compressed_body_is_recognised_with_and_without_its_header(string? encoding)
    {
        var body = Gzip(Lines([.. Enumerable.Range(0, 1_000).Select(i => View("ann", "item-" + i))]));

        using var response = await SendAsync("source=shop&format=ndjson", body, "application/octet-stream", encoding);

        Assert.That(Number(await ReadAsync(response), "accepted"), Is.EqualTo(1_000));
    }

    [Test]
    public async Task Several_gzip_files_one_behind_the_other_are_one_body()
    {
        byte[] body = [.. Gzip(Lines(View("ann", "tent"))), .. Gzip(Lines(View("ann", "stove")))];

        using var response = await SendAsync("source=shop", body, Ndjson, "gzip");

        Assert.That(Number(await ReadAsync(response), "accepted"), Is.EqualTo(2));
    }

    [Test]
    public async Task A_write_key_may_not_import_and_is_told_why()
    {
        using var content = new StringContent(Lines(View("ann", "tent")), Encoding.UTF8, Ndjson);

        using var response = await Shop.Client.PostAsync("/v1/import?source=shop", content);
        var problem = await ReadAsync(response, HttpStatusCode.Forbidden);

        Assert.That(problem.GetProperty("type").GetString(), Does.EndWith("import-needs-server-key"));
    }

    [Test]
    public async Task Nobody_may_see_or_stop_imports_without_a_server_key()
    {
        using var list = await Shop.Client.GetAsync("/v1/imports");
        using var one = await Shop.Client.GetAsync("/v1/imports/x");
        using var cancel = await Shop.Client.DeleteAsync("/v1/imports/x");

        Assert.That(new[] { list.StatusCode, one.StatusCode, cancel.StatusCode }, Is.All.EqualTo(HttpStatusCode.Unauthorized));
    }

    [TestCase("", Ndjson, 400)]
    [TestCase("source=shop&id=a/b", Ndjson, 400)]
    [TestCase("source=shop&fromLine=x", Ndjson, 400)]
    [TestCase("source=shop&dryRun=yes", Ndjson, 400)]
    [TestCase("source=shop&dryRun=ture", Ndjson, 400)]
    [TestCase("source=shop&dryRun=true&dryRun=false", Ndjson, 400)]
    [TestCase("source=%24lists", Ndjson, 400, Description = "what comes in under it would be believed")]
    [TestCase("source=%24traits", Ndjson, 400)]
    [TestCase("source=shop&mapping=a=userId", Ndjson, 400)]
    [TestCase("source=shop", "application/json", 415)]
    [TestCase("source=shop&format=xml", Ndjson, 415)]
    public async Task What_is_asked_for_wrongly_is_a_clear_problem(string query, string type, int status)
    {
        using var response = await SendAsync(query, Lines(View("ann", "tent")), type);

        Assert.That((int)response.StatusCode, Is.EqualTo(status), await response.Content.ReadAsStringAsync());
        Assert.That(response.Content.Headers.ContentType!.MediaType, Is.EqualTo("application/problem+json"));
    }

    [Test]
    public async Task Imports_are_listed_newest_first()
    {
        await ImportAsync("source=shop&id=one", Lines(View("ann", "tent")));
        await Task.Delay(2);
        await ImportAsync("source=shop&id=two", Lines(View("ann", "tent")));

        var list = JsonElement.Parse(await Shop.Server.GetStringAsync("/v1/imports"));

        Assert.That(list.EnumerateArray().Select(import => import.GetProperty("id").GetString()), Is.EqualTo(new[] { "two", "one" }));
    }
}
