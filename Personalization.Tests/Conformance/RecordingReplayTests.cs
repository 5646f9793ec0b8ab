using System.Text.Json;
using NUnit.Framework;

namespace Personalization.Tests.Conformance;

/// <summary>
/// Every recorded request of the unmodified clients, sent again byte for byte: it is answered so that the client goes on, and what it
/// said is in the log. The errors that the recorder made up are answered with success here: what counts is what the clients send.
/// </summary>
internal sealed class RecordingReplayTests
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);
    private ClientsServer _server;

    [OneTimeSetUp]
    public async Task StartServer() => _server = await ClientsServer.StartAsync();

    [OneTimeTearDown]
    public async Task StopServer() => await _server.DisposeAsync();

    [Test]
    public void All_recordings_are_here()
    {
        if (!Recording.Files().Any())
        {
            Assert.Ignore("Skipped: the recordings of clients are not here.");
        }

        Assert.That(Recording.Files().Count(), Is.EqualTo(74));
    }

    [TestCaseSource(typeof(Recording), nameof(Recording.Files))]
    public async Task A_recorded_client_is_answered_and_heard(string file)
    {
        var recording = Recording.Load(file);
        var before = _server.NextOffset;
        using var patience = new CancellationTokenSource(Patience);
        using var connection = await _server.ConnectAsync(patience.Token);

        foreach (var request in recording.Requests.Where(IsForUs))
        {
            var answer = await connection.SendAsync(request.Wire(), request.Method != "HEAD", patience.Token);

            Assert.That(answer, Is.Not.Null, request.Url);
            Assert.That(answer!.Status, Is.EqualTo(request.Method == "OPTIONS" ? 204 : 200), $"{request.Method} {request.Url}: {answer.Text}");
            AssertCors(request, answer);
            AssertBody(request, answer);
        }

        var stored = await _server.EventsFromAsync(before);
        var expected = recording.Requests.Where(IsForUs).SelectMany(ExpectedEvents.Of).ToList();
        Assert.That(stored.ConvertAll(NormalisedEvent.Of), Is.EqualTo(expected.ConvertAll(one => one.Event)));
        foreach (var (one, told) in stored.Zip(expected))
        {
            Assert.That(one.ReceivedAtMs - one.TimestampMs, Is.EqualTo(Math.Max(0, told.HeldBackMs)), told.Event.ToString());
        }
    }

    /// <summary>The script of a snippet is the shop's own; where a redirect led to is nobody's.</summary>
    private static bool IsForUs(RecordedRequest request) =>
        request.Path != "/elsewhere" && !request.Path.EndsWith("/analytics.min.js", StringComparison.Ordinal);

    private static void AssertCors(RecordedRequest request, RawAnswer answer)
    {
        if (request.Header("Origin") is not { } origin)
        {
            Assert.That(answer.Header("Access-Control-Allow-Origin"), Is.Null);
            return;
        }

        Assert.That(answer.Header("Access-Control-Allow-Origin"), Is.EqualTo(origin));
        Assert.That(answer.Header("Access-Control-Allow-Credentials"), Is.EqualTo("true"));
        Assert.That(answer.Header("Access-Control-Expose-Headers"), Is.EqualTo("Retry-After"));
        Assert.That(answer.Header("Vary"), Is.EqualTo("Origin"));
        if (request.Method == "OPTIONS")
        {
            Assert.That(answer.Header("Access-Control-Allow-Headers"), Is.EqualTo(request.Header("Access-Control-Request-Headers")));
            Assert.That(answer.Header("Access-Control-Allow-Methods"), Does.Contain(request.Header("Access-Control-Request-Method")));
            Assert.That(answer.Header("Access-Control-Max-Age"), Is.EqualTo("7200"));
        }
    }

    private static void AssertBody(RecordedRequest request, RawAnswer answer)
    {
        if (request.Method == "OPTIONS")
        {
            return;
        }

        switch (request.Path)
        {
            case "/i":
                Assert.That((answer.Header("Content-Type"), answer.Text[..6]), Is.EqualTo(("image/gif", "GIF89a")));
                Assert.That(answer.Header("Cache-Control"), Does.Contain("no-store"));
                break;
            case "/com.snowplowanalytics.snowplow/tp2":
                Assert.That((answer.Header("Content-Type"), answer.Text), Is.EqualTo(("text/plain; charset=UTF-8", "ok")));
                break;
            case "/e/" or "/batch/":
                Assert.That(answer.Text, Is.EqualTo("{\"status\":\"Ok\"}"));
                break;
            case var path when path.StartsWith("/api/s/", StringComparison.Ordinal):
                Assert.That(answer.Text, Is.EqualTo("{\"ok\":true}"));
                break;
            case "/sourceConfig/":
                var source = JsonElement.Parse(answer.Text).GetProperty("source");
                Assert.That(source.GetProperty("enabled").GetBoolean());
                Assert.That(source.GetProperty("writeKey").GetString(), Is.EqualTo("TEST_WRITE_KEY"));
                Assert.That(source.GetProperty("destinations").GetArrayLength(), Is.Zero);
                break;
            case "/v1/projects/TEST_WRITE_KEY/settings":
                var settings = JsonElement.Parse(answer.Text).GetProperty("integrations").GetProperty("Segment.io");
                Assert.That(settings.GetProperty("apiKey").GetString(), Is.EqualTo("TEST_WRITE_KEY"));
                Assert.That(settings.GetProperty("apiHost").GetString(), Is.EqualTo(request.Header("Host") + "/v1"));
                Assert.That(settings.GetProperty("protocol").GetString(), Is.EqualTo("http"));
                break;
            case "/array/phc_TEST/config":
                Assert.That(JsonElement.Parse(answer.Text).GetProperty("token").GetString(), Is.EqualTo("phc_TEST"));
                break;
            case "/flags/":
                Assert.That(JsonElement.Parse(answer.Text).GetProperty("errorsWhileComputingFlags").GetBoolean(), Is.False);
                break;
            default:
                Assert.That(answer.Text, Is.EqualTo("{\"success\":true}"), request.Url);
                break;
        }
    }
}
