using System.Collections.Concurrent;
using System.Diagnostics;
using System.Diagnostics.Metrics;
using System.Globalization;
using System.Net;
using Microsoft.Extensions.DependencyInjection;
using NUnit.Framework;
using Personalization.Tests.Support;
using Personalization.Tracking.Pipeline;

namespace Personalization.Tests.Conformance;

/// <summary>
/// Spoiled requests, thousands of them: none is a 5xx, and afterwards the process is as before. Ten seconds, or as many as
/// <c>PERSONALIZATION_FUZZ_SECONDS</c> says; the seed stands in a failure's message.
/// </summary>
internal sealed class ClientFuzzTests
{
    private const int Connections = 4;
    private const int FirstSeed = 20261121;

    /// <summary>
    /// What the state may grow by: some spoiled ids make profiles, and their events are history that is kept. Measured are less than
    /// 100 bytes; a leak of each request's buffers or connection would be many thousand.
    /// </summary>
    private const long BytesPerRequest = 1024;

    private const long BytesOfCaches = 32 << 20;

    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);
    private readonly ConcurrentQueue<string> _failures = [];
    private readonly ConcurrentDictionary<int, int> _answers = [];
    private long _openConnections;
    private long _sent;

    private static TimeSpan Duration =>
        TimeSpan.FromSeconds(int.Parse(Environment.GetEnvironmentVariable("PERSONALIZATION_FUZZ_SECONDS") ?? "10", CultureInfo.InvariantCulture));

    [Test]
    public async Task Spoiled_requests_of_clients_break_nothing_and_leave_nothing_behind()
    {
        var recorded = Recording.Files().SelectMany(file => Recording.Load(file).Requests).Where(request => request.Body.Length < 100_000).ToList();
        if (recorded.Count == 0)
        {
            Assert.Ignore("Skipped: the recordings of clients are not here.");
        }

        using var connections = CountConnections();
        await using var server = await ClientsServer.StartAsync();
        await RunAsync(server, recorded, FirstSeed, TimeSpan.FromSeconds(1));
        await server.Shop.SettleAsync();
        var memory = GC.GetTotalMemory(forceFullCollection: true);
        var sentBefore = _sent;

        await Task.WhenAll(Enumerable.Range(1, Connections).Select(i => Task.Run(() => RunAsync(server, recorded, FirstSeed + i, Duration))));

        Assert.That(_failures.Take(20), Is.Empty);
        await AssertAliveAsync(server);
        await AssertAtRestAsync(server);
        var sent = _sent - sentBefore;
        var grown = GC.GetTotalMemory(forceFullCollection: true) - memory;
        TestContext.Out.WriteLine(
            $"{sent} spoiled requests, {grown} bytes of state more; answers (0 = closed): " +
            string.Join(", ", _answers.OrderBy(pair => pair.Key).Select(pair => $"{pair.Key} {pair.Value}")));
        Assert.That(grown, Is.LessThan(BytesOfCaches + (sent * BytesPerRequest)), $"after {sent} requests");
        Assert.That(_answers.GetValueOrDefault(200), Is.GreaterThan(_sent / 10), "Most spoiled requests should get past the first check.");
    }

    private async Task RunAsync(ClientsServer server, IReadOnlyList<RecordedRequest> recorded, int seed, TimeSpan duration)
    {
        var mutations = new Mutations(seed);
        var clock = Stopwatch.StartNew();
        for (var number = 0; clock.Elapsed < duration; number++)
        {
            var request = mutations.Spoil(recorded);
            using var patience = new CancellationTokenSource(Patience);
            try
            {
                using var connection = await server.ConnectAsync(patience.Token);
                var answer = await connection.SendAsync(request.Wire(), request.Method != "HEAD", patience.Token, isLast: IsShort(request));
                _answers.AddOrUpdate(answer?.Status ?? 0, 1, static (_, count) => count + 1);
                if (answer is { Status: >= 500 })
                {
                    _failures.Enqueue($"seed {seed}, request {number}: {answer.Status} for {request.Method} {request.Url}: {answer.Text}");
                }
            }
            catch (OperationCanceledException)
            {
                _failures.Enqueue($"seed {seed}, request {number}: no answer within {Patience} for {request.Method} {request.Url}");
            }

            Interlocked.Increment(ref _sent);
        }
    }

    /// <summary>The server waits for more than there is. To one that has everything, an end of sending is the client's leaving.</summary>
    private static bool IsShort(RecordedRequest request) =>
        int.Parse(request.Header("Content-Length")!, CultureInfo.InvariantCulture) > request.Body.Length;

    private static async Task AssertAliveAsync(ClientsServer server)
    {
        using var ready = await server.Shop.Client.GetAsync("/health/ready");
        Assert.That(ready.StatusCode, Is.EqualTo(HttpStatusCode.OK));
        await server.Shop.TrackAsync("/v1/track", ShopEvents.View("after-the-fuzz", "tent"));
        await server.Shop.SettleAsync();
        Assert.That((await server.Shop.RecommendAsync("recently-viewed?anonymousId=after-the-fuzz")).Ids(), Is.EqualTo(new[] { "tent" }));
    }

    /// <summary>Every batch is back and every connection closed, but those that the test's own clients keep open.</summary>
    private async Task AssertAtRestAsync(ClientsServer server)
    {
        var pool = server.Shop.Services.GetRequiredService<EventBatchPool>();
        var waited = Stopwatch.StartNew();
        while ((pool.Rented > 0 || Interlocked.Read(ref _openConnections) > 2) && waited.Elapsed < Patience)
        {
            await Task.Delay(20);
        }

        Assert.That((pool.Rented, Interlocked.Read(ref _openConnections)), Is.EqualTo((0, 0L)).Using<(int, long)>(
            (actual, _) => actual.Item1 == 0 && actual.Item2 <= 2));
    }

    private MeterListener CountConnections()
    {
        var listener = new MeterListener
        {
            InstrumentPublished = (instrument, listening) =>
            {
                if (instrument.Name == "kestrel.active_connections")
                {
                    listening.EnableMeasurementEvents(instrument);
                }
            },
        };
        listener.SetMeasurementEventCallback<long>((_, change, _, _) => Interlocked.Add(ref _openConnections, change));
        listener.Start();
        return listener;
    }
}
