using System.Diagnostics.Metrics;
using System.IO.Compression;
using System.Text;
using System.Text.Json;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Options;
using NUnit.Framework;
using Personalization.Kernel.Log;
using Personalization.Tracking;
using Personalization.Tracking.Contracts;
using Personalization.Tracking.Domain;
using Personalization.Tracking.Endpoints;
using Personalization.Tracking.Pipeline;
using Personalization.Tracking.Pipeline.Pressure;

namespace Personalization.Tests.Tracking;

[FixtureLifeCycle(LifeCycle.InstancePerTestCase)]
internal sealed class CollectEndpointTests : IDisposable
{
    private const string Event = """{"userId":"u","event":"Product Added"}""";

    private readonly ServiceProvider _services = new ServiceCollection().AddMetrics().BuildServiceProvider();
    private readonly FakeEventLog _log = new();
    private readonly Parsing _parsing = new();
    private readonly Dictionary<string, long> _counted = [];
    private readonly MeterListener _listener = new();
    private readonly CollectEndpoint _endpoint;

    public CollectEndpointTests()
    {
        var options = new TrackingOptions { RetryAfterSeconds = 7, MaxBodyBytes = 100_000 };
        var sources = new SourceDirectory(
            [new() { Name = "web", WriteKey = "wk" }, new() { Name = "app", WriteKey = "k2" }, new() { Name = "mail", WriteKey = "k3" }],
            new FakeSourceRegister());
        var meters = _services.GetRequiredService<IMeterFactory>();
        var metrics = new TrackingMetrics(meters);
        var intake = new EventIntake(_parsing.Parser, sources, _log, [], [], metrics, NullLogger<EventIntake>.Instance);
        var answers = new CollectAnswers(metrics, new RefusalPacer(0, 1, TimeProvider.System), Options.Create(options));
        _endpoint = new CollectEndpoint(intake, _parsing.Pool, sources, answers, Options.Create(options), TimeProvider.System);
        _listener.InstrumentPublished = (instrument, listener) =>
        {
            if (instrument.Meter.Scope == meters)
            {
                listener.EnableMeasurementEvents(instrument);
            }
        };
        _listener.SetMeasurementEventCallback<long>((instrument, value, tags, _) =>
        {
            var key = $"{instrument.Name} {(tags.Length > 0 ? tags[0].Value : null)}";
            _counted[key] = _counted.GetValueOrDefault(key) + value;
        });
        _listener.Start();
    }

    public void Dispose()
    {
        _listener.Dispose();
        _services.Dispose();
    }

    [Test]
    public async Task An_event_is_answered_when_it_is_committed()
    {
        var response = await PostAsync(Event);

        Assert.That((response.StatusCode, response.ContentType, response.ContentLength), Is.EqualTo((200, "application/json", (long?)16)));
        Assert.That(BodyOf(response), Is.EqualTo("{\"success\":true}"));
        Assert.That((_log.Appended, _log.WasCritical, _log.SourceId, _log.LastRaw), Is.EqualTo((1, true, (ushort)1, Event)));
        Assert.That(_counted, Is.EqualTo(new Dictionary<string, long> { ["tracking.events.accepted web"] = 1 }));
    }

    [Test]
    public async Task The_content_type_is_not_looked_at()
    {
        var response = await PostAsync(Event, configure: request => request.ContentType = "text/plain");

        Assert.That(response.StatusCode, Is.EqualTo(200));
    }

    [Test]
    public async Task A_batch_is_accepted_without_its_invalid_events()
    {
        var response = await PostAsync("""{"batch":[{"type":"page","userId":"u"},{"type":"page"},{"type":"nonsense"}]}""", default);

        Assert.That((response.StatusCode, _log.Appended), Is.EqualTo((200, 1)));
        Assert.That(_counted, Is.EqualTo(new Dictionary<string, long>
        {
            ["tracking.events.accepted web"] = 1,
            ["tracking.events.refused IdentityMissing"] = 1,
            ["tracking.events.refused TypeUnknown"] = 1,
        }));
    }

    [TestCase("""{"batch":[]}""")]
    [TestCase("""{"batch":[{"type":"page"}]}""")]
    public async Task A_batch_with_nothing_to_keep_is_fine_and_not_appended(string body)
    {
        var response = await PostAsync(body, default);

        Assert.That((response.StatusCode, _log.Appended), Is.EqualTo((200, 0)));
    }

    [Test]
    public async Task A_write_key_in_the_body_is_as_good_as_one_outside()
    {
        var response = await PostAsync("""{"userId":"u","event":"x","writeKey":"wk"}""", configure: request => request.Headers.Authorization = "");

        Assert.That((response.StatusCode, _log.SourceId), Is.EqualTo((200, (ushort)1)));
    }

    [TestCase("Basic d2s6", "k2", "k3", "k3", 1)]
    [TestCase("Basic d2s=", "k2", "k3", "k3", 1)]
    [TestCase("Bearer an-oauth-token", "k2", "k3", "k3", 2)]
    [TestCase("Basic bm9ib2R5Og==", "k2", "k3", "k3", 2)]
    [TestCase("", "k2", "k3", "k3", 2)]
    [TestCase("", "k2:***", "k3:s", "wk", 3)]
    [TestCase("", "", "k3", "wk", 3)]
    [TestCase("", "", "", "k3", 3)]
    [TestCase("", "", "nobody", "k3", 3)]
    public async Task The_key_is_looked_for_in_the_header_then_the_body_then_elsewhere(
        string authorization, string inBody, string inHeader, string inQuery, int source)
    {
        var response = await PostAsync($$"""{"userId":"u","event":"x","writeKey":"{{inBody}}"}""", configure: request =>
        {
            request.Headers.Authorization = authorization;
            request.Headers["X-Write-Key"] = inHeader;
            request.QueryString = new QueryString("?writeKey=" + inQuery);
        });

        Assert.That((response.StatusCode, _log.SourceId), Is.EqualTo((200, (ushort)source)));
    }

    [Test]
    public async Task What_was_refused_of_a_batch_is_listed_up_to_twenty()
    {
        var few = await PostAsync("""{"batch":[{"type":"page","userId":"u"},{"type":"page"},{"type":"page","userId":{}}]}""", default);
        var many = await PostAsync("{\"batch\":[" + string.Join(',', Enumerable.Repeat("1", 2501)) + "]}", default);

        var listed = JsonElement.Parse(BodyOf(few));
        Assert.That(listed.GetProperty("success").GetBoolean());
        Assert.That(
            listed.GetProperty("refused").EnumerateArray().Select(one => (
                one.GetProperty("index").GetInt32(), one.GetProperty("reason").GetString(), one.GetProperty("location").GetString())),
            Is.EqualTo(new[] { (1, "IdentityMissing", "/userId"), (2, "NotText", "/userId") }));
        var bounded = JsonElement.Parse(BodyOf(many));
        Assert.That((bounded.GetProperty("refused").GetArrayLength(), bounded.GetProperty("refusedCount").GetInt32()), Is.EqualTo((20, 2501)));
    }

    [Test]
    public async Task A_compressed_body_without_a_word_about_it_is_read()
    {
        var zipped = new MemoryStream();
        await using (var gzip = new GZipStream(zipped, CompressionLevel.Fastest))
        {
            await gzip.WriteAsync(Encoding.UTF8.GetBytes(Event));
        }

        var response = await PostAsync(zipped.ToArray(), EventType.Track, _ => { });

        Assert.That((response.StatusCode, _log.LastRaw), Is.EqualTo((200, Event)));
    }

    [TestCase("", 400, "tracking/not-json", "The body is empty.")]
    [TestCase("{\"userId\":", 400, "tracking/not-json", "It cannot be read from byte 10 on.")]
    [TestCase("[]", 400, "tracking/invalid-body", "The body must be a JSON object.")]
    [TestCase("{\"event\":\"x\"}", 400, "tracking/invalid-event", "'userId' or 'anonymousId' is needed, not empty.")]
    [TestCase("{\"userId\":{},\"event\":\"x\"}", 400, "tracking/invalid-event", "'userId' must be text or a number.")]
    [TestCase("{\"userId\":\"u\"}", 400, "tracking/invalid-event", "'event' is needed in a track call, not empty.")]
    public async Task What_is_wrong_with_a_body_is_told(string body, int status, string type, string detail)
    {
        var response = await PostAsync(body);

        AssertProblem(response, status, type, detail);
    }

    [Test]
    public async Task A_batch_without_its_array_is_a_400() =>
        AssertProblem(await PostAsync("{}", default), 400, "tracking/invalid-body", "'batch' must be an array of events.");

    [Test]
    public async Task An_unknown_write_key_is_a_401()
    {
        var outside = await PostAsync(Event, configure: request => request.Headers.Authorization = "Bearer nobody");
        var inside = await PostAsync("""{"userId":"u","event":"x","writeKey":"nobody"}""", configure: request => request.Headers.Authorization = "");

        AssertProblem(outside, 401, "tracking/unknown-write-key", null);
        AssertProblem(inside, 401, "tracking/unknown-write-key", null);
        Assert.That(_counted, Is.EqualTo(new Dictionary<string, long> { ["tracking.requests.refused tracking/unknown-write-key"] = 2 }));
    }

    [Test]
    public async Task Too_many_bytes_or_events_are_a_413()
    {
        var bytes = await PostAsync(new string(' ', 100_001));
        var events = await PostAsync("{\"batch\":[" + string.Join(',', Enumerable.Repeat("1", 10_001)) + "]}", default);

        AssertProblem(bytes, 413, "tracking/too-large", null);
        AssertProblem(events, 413, "tracking/too-many-events", null);
    }

    [Test]
    public async Task An_unknown_encoding_is_a_415_and_a_damaged_one_a_400()
    {
        var unknown = await PostAsync(Event, configure: request => request.Headers.ContentEncoding = "zstd");
        var damaged = await PostAsync(Event, configure: request => request.Headers.ContentEncoding = "gzip");

        AssertProblem(unknown, 415, "tracking/unknown-encoding", null);
        AssertProblem(damaged, 400, "tracking/damaged-body", null);
    }

    [TestCase(Admission.LaneFull, 429, "tracking/lane-full")]
    [TestCase(Admission.PipelineBehind, 429, "tracking/pipeline-behind")]
    [TestCase(Admission.Stopping, 503, "tracking/stopping")]
    public async Task What_the_log_refuses_is_to_be_sent_again_later(Admission admission, int status, string type)
    {
        _log.Answer = admission;

        var response = await PostAsync(Event);

        AssertProblem(response, status, type, null);
        Assert.That(response.Headers.RetryAfter.ToString(), Is.EqualTo("7"));
    }

    [Test]
    public async Task What_the_disk_refuses_is_a_503()
    {
        _log.Failure = new IOException("disk full");

        var response = await PostAsync(Event);

        AssertProblem(response, 503, "tracking/commit-failed", null);
        Assert.That(response.Headers.RetryAfter.ToString(), Is.EqualTo("7"));
    }

    [TestCase(Admission.Accepted)]
    [TestCase(Admission.LaneFull)]
    public async Task Every_way_out_gives_the_batch_back(Admission admission)
    {
        _log.Answer = admission;
        var before = _parsing.Pool.Rent();
        before.Release();

        foreach (var body in new[] { Event, "", "oops", "{\"event\":1}" })
        {
            await PostAsync(body);
            var after = _parsing.Pool.Rent();
            Assert.That((after, after.EventCount, after.BufferLength), Is.EqualTo((before, 0, 0)));
            after.Release();
        }
    }

    private Task<HttpResponse> PostAsync(string body, EventType type = EventType.Track, Action<HttpRequest>? configure = null) =>
        PostAsync(Encoding.UTF8.GetBytes(body), type, configure ?? (_ => { }));

    private async Task<HttpResponse> PostAsync(byte[] body, EventType type, Action<HttpRequest> configure)
    {
        var context = new DefaultHttpContext { RequestServices = _services };
        context.Request.Headers.Authorization = "Basic d2s6";
        context.Request.ContentLength = body.Length;
        context.Request.Body = new MemoryStream(body);
        context.Response.Body = new MemoryStream();
        configure(context.Request);

        await _endpoint.For(type)(context);

        await context.Response.BodyWriter.FlushAsync();
        return context.Response;
    }

    private static void AssertProblem(HttpResponse response, int status, string type, string? detail)
    {
        var problem = JsonElement.Parse(BodyOf(response));
        Assert.That((response.StatusCode, response.ContentType), Is.EqualTo((status, "application/problem+json")));
        Assert.That(problem.GetProperty("type").GetString(), Is.EqualTo("urn:personalization:problem:" + type));
        Assert.That(problem.TryGetProperty("detail", out var told) ? told.GetString() : null, Is.EqualTo(detail));
    }

    private static string BodyOf(HttpResponse response) => Encoding.UTF8.GetString(((MemoryStream)response.Body).ToArray());
}

/// <summary>Numbers sources from 1 in the order in which they are seen.</summary>
internal sealed class FakeSourceRegister : ISourceRegister
{
    private readonly List<string> _names = [];

    public ushort IdOf(string name)
    {
        if (!_names.Contains(name))
        {
            _names.Add(name);
        }

        return (ushort)(_names.IndexOf(name) + 1);
    }

    public string NameOf(ushort id) => _names[id - 1];

    public ushort? Find(string name) => _names.Contains(name) ? IdOf(name) : null;
}
