using System.Net;
using System.Net.Http.Headers;
using System.Text;
using Microsoft.Extensions.DependencyInjection;
using NUnit.Framework;
using Personalization.Tracking.Domain.Import;
using Personalization.Tracking.Storage.Import;

namespace Personalization.Tests.Tracking.DeadLetters;

/// <summary>Letters of lines of imports, and what becomes of bodies that were never one event.</summary>
[Parallelizable]
internal sealed class ImportLetterTests : LetterShop
{
    private const string View = """{"event":"Product Viewed","anonymousId":"ann","timestamp":"2026-09-01T12:00:00Z","properties":{"product_id":"tent"}}""";

    [Test]
    public async Task A_line_that_comes_twice_after_an_interruption_has_one_letter()
    {
        const string body = View + """

            nonsense
            nonsense
            {"event":"X","anonymousId":"ann"}
            {"event":"X","anonymousId":"ann","messageId":"own"}

            """;
        await ImportAsync("source=shop&id=cut", body);
        var before = await ListAsync();

        ForgetProgress("cut");
        var again = await ImportAsync("source=shop&id=cut", body);

        Assert.That(again.GetProperty("refused").GetInt64(), Is.EqualTo(4));
        Assert.That(
            (await ListAsync()).Select(letter => (letter.Id(), letter.Text("messageId"))), Is.EqualTo(before.Select(letter => (letter.Id(), letter.Text("messageId")))));
        Assert.That(before.Select(letter => letter.Text("messageId")), Is.EquivalentTo(new[] { "import:cut:2", "import:cut:3", "import:cut:4", "own" }));
    }

    [Test]
    public async Task Another_fault_in_the_same_place_has_a_letter_of_its_own()
    {
        await ImportAsync("source=shop&id=cut", "nonsense\n");
        ForgetProgress("cut");

        await ImportAsync("source=shop&id=cut", "other nonsense\n");
        await ImportAsync("source=shop&id=other", "nonsense\n");

        Assert.That(
            (await ListAsync()).Select(letter => letter.Text("messageId")), Is.EquivalentTo(new[] { "import:cut:1", "import:cut:1", "import:other:1" }));
    }

    [Test]
    public async Task A_mended_letter_and_the_mended_file_count_once()
    {
        await ImportAsync("source=shop&id=cut", "nonsense\n");
        var id = (await OnlyAsync()).Id();

        var slip = await SendAsync(HttpMethod.Put, $"/v1/dead-letters/{id}/body", "still nonsense");
        var corrected = await SendAsync(HttpMethod.Put, $"/v1/dead-letters/{id}/body", View);
        var replayed = await ReplayAsync(id);
        ForgetProgress("cut");
        await ImportAsync("source=shop&id=cut", View + "\n");

        Assert.That((slip.GetProperty("wouldBeTaken").GetBoolean(), corrected.GetProperty("wouldBeTaken").GetBoolean()), Is.EqualTo((false, true)));
        Assert.That((replayed.Text("state"), replayed.Text("messageId")), Is.EqualTo(("replayed", "import:cut:1")));
        Assert.That(await ViewsAsync("ann"), Is.EqualTo(1));
    }

    [Test]
    public async Task A_line_that_was_too_long_is_known_to_be_cut()
    {
        await ImportAsync("source=shop", $$"""{"event":"X","anonymousId":"ann","filler":"{{new string('x', 200_000)}}"}""" + "\n");
        var letter = await OnlyAsync("?reason=oversized");

        var refused = await SendAsync(HttpMethod.Post, $"/v1/dead-letters/{letter.Id()}/replay", expected: HttpStatusCode.Conflict);

        Assert.That((letter.GetProperty("isTruncated").GetBoolean(), letter.GetProperty("bytes").GetInt32()), Is.EqualTo((true, RecordCutter.SampleBytes)));
        Assert.That(refused.Text("detail"), Does.StartWith("Only the beginning"));
        await SendAsync(HttpMethod.Put, $"/v1/dead-letters/{letter.Id()}/body", View);
        await ReplayAsync(letter.Id());
        Assert.That(await ViewsAsync("ann"), Is.EqualTo(1));
    }

    [TestCase("""{"event":"Product Viewed","anonymousId":"ann","timestamp":"2026-09-01T12:00:00Z","x":"ÿ"}""", "The line is not UTF-8.")]
    [TestCase(View + "," + View, "The line cannot be read as JSON", Description = "two would slip in as one")]
    [TestCase("""{"me\ud800ssageIdx":1,"event":"Product Viewed","anonymousId":"ann","timestamp":"2026-09-01T12:00:00Z"}""", "A name in the line holds half")]
    public async Task A_line_that_was_refused_is_refused_again_until_it_is_corrected(string line, string why)
    {
        await ImportAsync("source=shop", Encoding.Latin1.GetBytes(line + "\n"));
        var letter = await OnlyAsync();

        var refused = await ReplayAsync(letter.Id());

        Assert.That(letter.Text("detail"), Does.StartWith("Line 1: " + why));
        Assert.That((refused.Text("state"), refused.Text("lastResult")), Is.EqualTo(("open", letter.Text("detail")!["Line 1: ".Length..])));
        Assert.That(await ViewsAsync("ann"), Is.Zero);
        await SendAsync(HttpMethod.Put, $"/v1/dead-letters/{letter.Id()}/body", View);
        Assert.That((await ReplayAsync(letter.Id())).Text("state"), Is.EqualTo("replayed"));
        Assert.That(await ViewsAsync("ann"), Is.EqualTo(1));
    }

    [TestCase("/v1/track")]
    [TestCase("/v1/batch")]
    public async Task A_request_that_is_not_UTF8_is_refused_again_too(string path)
    {
        const string single = """{"type":"track","event":"Product Viewed","anonymousId":"ann","properties":{"product_id":"ÿ"}}""";
        using var content = new ByteArrayContent(Encoding.Latin1.GetBytes(path == "/v1/batch" ? $$"""{"batch":[{{single}}]}""" : single));
        content.Headers.ContentType = new MediaTypeHeaderValue("application/json");
        using var answer = await Shop.Client.PostAsync(path, content);
        var letter = await OnlyAsync("?reason=unparsable");

        var refused = await ReplayAsync(letter.Id());

        Assert.That(answer.StatusCode, Is.EqualTo(HttpStatusCode.BadRequest));
        Assert.That((refused.Text("state"), refused.Text("lastResult")), Is.EqualTo(("open", letter.Text("detail"))));
        Assert.That(await ViewsAsync("ann"), Is.Zero);
    }

    [Test]
    public async Task Two_events_are_no_correction_of_one()
    {
        await PostAsync("/v1/batch", """{"batch":[{"type":"track","anonymousId":"ann","messageId":"m1"}]}""");
        var id = (await OnlyAsync()).Id();
        var single = """{"type":"track","event":"Product Viewed","anonymousId":"ann","properties":{"product_id":"tent"}}""";

        var corrected = await SendAsync(HttpMethod.Put, $"/v1/dead-letters/{id}/body", $"{single},{single}");
        var refused = await ReplayAsync(id);

        Assert.That(corrected.GetProperty("wouldBeTaken").GetBoolean(), Is.False);
        Assert.That(refused.Text("state"), Is.EqualTo("corrected"));
        Assert.That(await ViewsAsync("ann"), Is.Zero);
    }

    /// <summary>As a process leaves it that is killed between the chunk and the note of it.</summary>
    private void ForgetProgress(string id)
    {
        var store = Shop.Services.GetRequiredService<ImportStore>();
        store.Put(store.Find(id)! with { State = ImportState.Interrupted, LinesRead = 0, Accepted = 0, Refused = 0, Findings = new ImportFindings() });
    }
}
