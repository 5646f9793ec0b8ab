using System.IO.Pipelines;
using System.Net;
using System.Text;
using System.Text.Json;
using Microsoft.AspNetCore.Http;
using Microsoft.Data.Sqlite;
using Microsoft.Extensions.DependencyInjection;
using NUnit.Framework;
using Personalization.Kernel.Checkpoints;
using Personalization.Kernel.Http;
using Personalization.Tests.Support;
using Personalization.Tests.Tracking.DeadLetters;
using Personalization.Tracking.Contracts;
using Personalization.Tracking.Endpoints.Import;
using Personalization.Tracking.Pipeline;

namespace Personalization.Tests.Tracking.Import;

/// <summary>Imports that something goes wrong in: their reports stay true, and they can be sent again.</summary>
[Parallelizable]
internal sealed class ImportFaultTests : LetterShop
{
    private const string View = """{"event":"Product Viewed","anonymousId":"ann","timestamp":"2026-09-01T12:00:00Z","properties":{"product_id":"tent"}}""";
    private const string Body = "nonsense\n" + View + "\n";
    private readonly RefusalWatch _refusals = new();
    private readonly Gate _gate = new();

    [TearDown]
    public void EndFaults()
    {
        _refusals.OnRefused = null;
        _gate.Open();
    }

    protected override void Configure(IServiceCollection services)
    {
        var stage = new EarlyStage(_gate);
        services.AddSingleton<IEventStage>(stage);
        services.AddSingleton<ICheckpointed>(stage);
        services.AddSingleton<IEventObserver>(_refusals);
    }

    [Test]
    public async Task An_error_of_ours_interrupts_an_import_which_can_be_sent_again()
    {
        _refusals.OnRefused = () => throw new InvalidOperationException("A bug in an observer.");
        var problem = await ImportAsync("source=shop&id=stopped", Body, HttpStatusCode.ServiceUnavailable);
        var stopped = await StateAsync("stopped");

        _refusals.OnRefused = null;
        var report = await ImportAsync("source=shop&id=stopped", Body);

        Assert.That(problem.Text("type"), Does.EndWith("import-interrupted"));
        Assert.That((stopped.Text("state"), Number(stopped, "linesRead"), Number(stopped, "refused")), Is.EqualTo(("interrupted", 0L, 0L)));
        Assert.That((report.Text("state"), Number(report, "accepted"), Number(report, "refused")), Is.EqualTo(("completed", 1L, 1L)));
    }

    [Test]
    public async Task An_import_whose_end_could_not_be_written_does_not_run_for_ever()
    {
        _refusals.OnRefused = () => Execute("ALTER TABLE tracking_import RENAME TO out_of_reach");
        await ImportAsync("source=shop&id=lost", Body, HttpStatusCode.InternalServerError);
        _refusals.OnRefused = null;
        Execute("ALTER TABLE out_of_reach RENAME TO tracking_import");

        var lost = await StateAsync("lost");
        var listed = JsonElement.Parse(await Shop.Server.GetStringAsync("/v1/imports"))[0];
        var report = await ImportAsync("source=shop&id=lost", Body);

        Assert.That((lost.Text("state"), listed.Text("state")), Is.EqualTo(("interrupted", "interrupted")));
        Assert.That((report.Text("state"), Number(report, "accepted"), Number(report, "refused")), Is.EqualTo(("completed", 1L, 1L)));
    }

    [Test]
    public async Task What_is_in_the_log_is_counted_once_though_the_import_is_cancelled_before_the_stages_are_through()
    {
        var body = string.Concat(Enumerable.Range(0, 300).Select(i => i % 10 == 0 ? "nonsense\n" : View + "\n"));
        var met = _gate.Close();
        var sending = ImportAsync("source=shop&id=stopped", body, HttpStatusCode.Conflict);
        await met;

        using var cancel = await Shop.Server.DeleteAsync("/v1/imports/stopped");
        await sending;
        _gate.Open();
        var stopped = await StateAsync("stopped");
        var report = await ImportAsync("source=shop&id=stopped", body);

        Assert.That(stopped.Text("state"), Is.EqualTo("cancelled"));
        Assert.That(Number(stopped, "accepted"), Is.Positive);
        Assert.That((Number(stopped, "accepted"), Number(stopped, "refused")), Is.EqualTo((Sum(stopped, "events"), Sum(stopped, "refusedByReason"))));
        Assert.That((Number(report, "accepted"), Number(report, "refused")), Is.EqualTo((270L, 30L)));
        Assert.That((Sum(report, "events"), Sum(report, "refusedByReason")), Is.EqualTo((270L, 30L)));
        Assert.That(await ViewsAsync("ann"), Is.EqualTo(270));
        Assert.That(await ListAsync("?limit=1000"), Has.Count.EqualTo(30));
    }

    [TestCase("shop", 200)]
    [TestCase("elsewhere", 409)]
    public async Task Of_two_requests_that_wait_for_their_bodies_the_later_goes_by_what_the_first_has_done(string source, int status)
    {
        var endpoint = Shop.Services.GetRequiredService<ImportEndpoint>();
        using var first = new WaitingRequest(Shop, "shop");
        using var second = new WaitingRequest(Shop, source);
        var (firstEnd, secondEnd) = (endpoint.HandleAsync(first.Context), endpoint.HandleAsync(second.Context));
        Assert.That((firstEnd.IsCompleted, secondEnd.IsCompleted), Is.EqualTo((false, false)));

        await first.SendAsync(Body);
        await firstEnd;
        await second.SendAsync(Body);
        await secondEnd;

        Assert.That((first.Context.Response.StatusCode, second.Context.Response.StatusCode), Is.EqualTo((200, status)), second.Answer.ToString());
        if (status == 200)
        {
            Assert.That((Number(second.Answer, "skippedLines"), Number(second.Answer, "accepted")), Is.EqualTo((2L, 1L)));
        }
        else
        {
            Assert.That(second.Answer.Text("type"), Does.EndWith("import-differs"));
        }
    }

    private static long Number(JsonElement report, string name) => report.GetProperty(name).GetInt64();

    private static long Sum(JsonElement report, string name) => report.GetProperty(name).EnumerateObject().Sum(count => count.Value.GetInt64());

    private async Task<JsonElement> StateAsync(string id) => JsonElement.Parse(await Shop.Server.GetStringAsync($"/v1/imports/{id}"));

    private void Execute(string sql)
    {
        using var connection = new SqliteConnection($"Data Source={Path.Combine(Folder, "imports.db")};Pooling=false");
        connection.Open();
        using var command = connection.CreateCommand();
        command.CommandText = sql;
        command.ExecuteNonQuery();
    }

    /// <summary>Holds the stages up.</summary>
    private sealed class Gate : DeadLetters.Faults
    {
        private readonly object _lock = new();
        private TaskCompletionSource _met = new();
        private bool _isClosed;

        /// <summary>Completes when the first event stands before it.</summary>
        public Task Close()
        {
            lock (_lock)
            {
                _isClosed = true;
                _met = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
                return _met.Task;
            }
        }

        public void Open()
        {
            lock (_lock)
            {
                _isClosed = false;
                Monitor.PulseAll(_lock);
            }
        }

        public override void Meet(string place, string messageId)
        {
            lock (_lock)
            {
                while (_isClosed)
                {
                    _met.TrySetResult();
                    Monitor.Wait(_lock);
                }
            }
        }
    }

    /// <summary>Does something when lines are refused.</summary>
    private sealed class RefusalWatch : IEventObserver
    {
        public Action? OnRefused { get; set; }

        public void Refused(Source? source, EventBatch batch, Problem? problem) => OnRefused?.Invoke();

        public void Warned(Source source, EventBatch batch)
        {
        }

        public void Sequenced(TrackedEvent trackedEvent)
        {
        }

        public void Applied(TrackedEvent trackedEvent, EventVerdict verdict)
        {
        }
    }

    /// <summary>A request whose headers are here and whose body is not.</summary>
    private sealed class WaitingRequest : IDisposable
    {
        private readonly Pipe _pipe = new();
        private readonly MemoryStream _answer = new();

        public WaitingRequest(ShopServer shop, string source)
        {
            Context = new DefaultHttpContext { RequestServices = shop.Services };
            Context.Request.Method = HttpMethods.Post;
            Context.Request.QueryString = new QueryString($"?source={source}&id=race");
            Context.Request.ContentType = "application/x-ndjson";
            Context.Request.Headers.Authorization = "Bearer " + ShopServer.ServerKey;
            Context.Request.Body = _pipe.Reader.AsStream();
            Context.Response.Body = _answer;
        }

        public HttpContext Context { get; }

        public JsonElement Answer => JsonElement.Parse(_answer.ToArray());

        public async Task SendAsync(string body)
        {
            await _pipe.Writer.WriteAsync(Encoding.UTF8.GetBytes(body));
            await _pipe.Writer.CompleteAsync();
        }

        public void Dispose() => _answer.Dispose();
    }
}
