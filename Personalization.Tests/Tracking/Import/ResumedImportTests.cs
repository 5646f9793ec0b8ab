using System.Net;
using System.Net.Http.Headers;
using System.Text;
using System.Text.Json;
using NUnit.Framework;

namespace Personalization.Tests.Tracking.Import;

[Parallelizable]
internal sealed class ResumedImportTests : ImportTests
{
    [Test]
    public async Task A_broken_connection_leaves_an_import_that_goes_on_where_it_stopped()
    {
        var lines = Enumerable.Range(0, 3_000).Select(i => View("ann", "item-" + i)).ToArray();
        await BreakOffAsync("broken", lines[..2_000]);
        var state = await WaitForAsync("broken", "interrupted");
        var next = (int)Number(state, "resumeFromLine");

        var report = await ImportAsync($"source=shop&id=broken&fromLine={next}", Lines(lines.AsSpan(next - 1)));
        await Shop.SettleAsync();

        Assert.That(next, Is.InRange(2, 2_001));
        Assert.That((Number(report, "accepted"), Number(report, "linesRead")), Is.EqualTo((3_000L, 3_000L)));
        Assert.That((await ProfileAsync("anonymousId=ann")).GetProperty("counters").GetProperty("views").GetInt32(), Is.EqualTo(3_000));
    }

    [Test]
    public async Task Sending_everything_again_skips_what_was_done()
    {
        var lines = Enumerable.Range(0, 3_000).Select(i => View("ann", "item-" + i)).ToArray();
        await BreakOffAsync("again", lines[..2_000]);
        var done = Number(await WaitForAsync("again", "interrupted"), "linesRead");

        var report = await ImportAsync("source=shop&id=again", Lines(lines));
        await Shop.SettleAsync();

        Assert.That((Number(report, "skippedLines"), Number(report, "accepted")), Is.EqualTo((done, 3_000L)));
        Assert.That((await ProfileAsync("anonymousId=ann")).GetProperty("counters").GetProperty("views").GetInt32(), Is.EqualTo(3_000));
    }

    [Test]
    public async Task Lines_that_were_never_sent_are_missed()
    {
        using var response = await SendAsync("source=shop&id=gap&fromLine=5", Lines(View("ann", "tent")));
        var problem = await ReadAsync(response, HttpStatusCode.Conflict);

        Assert.That(problem.GetProperty("detail").GetString(), Does.Contain("line 1"));
    }

    [Test]
    public async Task An_id_belongs_to_its_source_and_format()
    {
        await ImportAsync("source=shop&id=mine", Lines(View("ann", "tent")));

        using var other = await SendAsync("source=other&id=mine", Lines(View("ann", "tent")));

        Assert.That(other.StatusCode, Is.EqualTo(HttpStatusCode.Conflict));
    }

    [Test]
    public async Task Two_imports_of_one_id_at_a_time_are_refused_and_a_cancelled_one_stops()
    {
        using var body = new OpenBody();
        var running = Shop.Server.PostAsync("/v1/import?source=shop&id=slow", body);
        await body.WriteAsync(Lines([.. Enumerable.Range(0, 1_000).Select(i => View("ann", "item-" + i))]));
        await WaitForAsync("slow", "running", state => Number(state, "accepted") > 0);

        using var second = await SendAsync("source=shop&id=slow", Lines(View("ann", "tent")));
        using var cancel = await Shop.Server.DeleteAsync("/v1/imports/slow");
        var state = await WaitForAsync("slow", "cancelled");
        body.Complete();
        using var answer = await running;

        Assert.Multiple(() =>
        {
            Assert.That(second.StatusCode, Is.EqualTo(HttpStatusCode.Conflict));
            Assert.That(cancel.StatusCode, Is.EqualTo(HttpStatusCode.Accepted));
            Assert.That(answer.StatusCode, Is.EqualTo(HttpStatusCode.Conflict));
            Assert.That(Number(state, "accepted"), Is.GreaterThan(0).And.LessThanOrEqualTo(1_000));
        });
    }

    [Test]
    public async Task An_import_that_was_broken_off_can_be_given_up_and_a_completed_one_cannot()
    {
        await BreakOffAsync("broken", [View("ann", "tent")]);
        await WaitForAsync("broken", "interrupted");
        await ImportAsync("source=shop&id=done", Lines(View("ann", "tent")));

        using var broken = await Shop.Server.DeleteAsync("/v1/imports/broken");
        using var done = await Shop.Server.DeleteAsync("/v1/imports/done");
        using var unknown = await Shop.Server.DeleteAsync("/v1/imports/unknown");

        Assert.That((await ReadAsync(broken)).GetProperty("state").GetString(), Is.EqualTo("cancelled"));
        Assert.That((done.StatusCode, unknown.StatusCode), Is.EqualTo((HttpStatusCode.Conflict, HttpStatusCode.NotFound)));
    }

    [Test]
    public async Task Only_so_many_imports_run_at_a_time()
    {
        using var first = new OpenBody();
        using var second = new OpenBody();
        var one = Shop.Server.PostAsync("/v1/import?source=shop&id=one", first);
        var two = Shop.Server.PostAsync("/v1/import?source=shop&id=two", second);
        await first.WriteAsync(Lines(View("ann", "tent")));
        await second.WriteAsync(Lines(View("ann", "tent")));
        await WaitForAsync("one", "running");
        await WaitForAsync("two", "running");

        using var third = await SendAsync("source=shop&id=three", Lines(View("ann", "tent")));
        first.Complete();
        second.Complete();
        using var answerOne = await one;
        using var answerTwo = await two;

        Assert.That(third.StatusCode, Is.EqualTo(HttpStatusCode.TooManyRequests));
        Assert.That(third.Headers.RetryAfter, Is.Not.Null);
        Assert.That((answerOne.StatusCode, answerTwo.StatusCode), Is.EqualTo((HttpStatusCode.OK, HttpStatusCode.OK)));
    }

    [Test]
    public async Task Stopping_the_process_interrupts_an_import_at_once()
    {
        using var body = new OpenBody();
        var running = Shop.Server.PostAsync("/v1/import?source=shop&id=stopped", body);
        await body.WriteAsync(Lines([.. Enumerable.Range(0, 1_000).Select(i => View("ann", "item-" + i))]));
        await WaitForAsync("stopped", "running", state => Number(state, "accepted") > 0);

        await RestartAsync();
        body.Complete();
        await running.ContinueWith(static ended => ended.Exception, TaskScheduler.Default);
        var state = await StateAsync("stopped");

        Assert.That(state.GetProperty("state").GetString(), Is.EqualTo("interrupted"));
    }

    private async Task BreakOffAsync(string id, string[] lines)
    {
        using var stop = new CancellationTokenSource();
        using var body = new OpenBody();
        var running = Shop.Server.PostAsync($"/v1/import?source=shop&id={id}", body, stop.Token);
        await body.WriteAsync(Lines(lines));
        await WaitForAsync(id, "running", state => lines.Length == 1 || Number(state, "accepted") > 0);
        await stop.CancelAsync();
        Assert.That(async () => await running, Throws.InstanceOf<OperationCanceledException>());
    }

    private async Task<JsonElement> WaitForAsync(string id, string state, Predicate<JsonElement>? isReached = null)
    {
        for (var attempt = 0; attempt < 400; attempt++)
        {
            using var response = await Shop.Server.GetAsync($"/v1/imports/{id}");
            if (response.StatusCode == HttpStatusCode.OK)
            {
                var report = JsonElement.Parse(await response.Content.ReadAsStringAsync());
                if (report.GetProperty("state").GetString() == state && isReached?.Invoke(report) != false)
                {
                    return report;
                }
            }

            await Task.Delay(25);
        }

        throw new InvalidOperationException($"Import {id} did not become {state} within ten seconds.");
    }

    /// <summary>A body of which more may come.</summary>
    private sealed class OpenBody : HttpContent
    {
        private readonly System.IO.Pipelines.Pipe _pipe = new();

        public OpenBody() => Headers.ContentType = new MediaTypeHeaderValue(Ndjson);

        public async Task WriteAsync(string text)
        {
            await _pipe.Writer.WriteAsync(Encoding.UTF8.GetBytes(text));
            await _pipe.Writer.FlushAsync();
        }

        public void Complete() => _pipe.Writer.Complete();

        protected override Task SerializeToStreamAsync(Stream stream, TransportContext? context) =>
            SerializeToStreamAsync(stream, context, CancellationToken.None);

        protected override async Task SerializeToStreamAsync(Stream stream, TransportContext? context, CancellationToken cancellationToken)
        {
            while (true)
            {
                var read = await _pipe.Reader.ReadAsync(cancellationToken);
                foreach (var piece in read.Buffer)
                {
                    await stream.WriteAsync(piece, cancellationToken);
                }

                await stream.FlushAsync(cancellationToken);
                _pipe.Reader.AdvanceTo(read.Buffer.End);
                if (read.IsCompleted)
                {
                    return;
                }
            }
        }

        protected override bool TryComputeLength(out long length)
        {
            length = 0;
            return false;
        }
    }
}
