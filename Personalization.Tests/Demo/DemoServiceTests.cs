using System.Collections.Concurrent;
using System.Text.Json;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;
using NUnit.Framework;
using Personalization.Host.Demo;

namespace Personalization.Tests.Demo;

/// <summary>The service against a server of its own that records what arrives.</summary>
[TestFixture]
internal sealed class DemoServiceTests
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);
    private string _directory = "";

    [SetUp]
    public void CreateDirectory() => _directory = Directory.CreateTempSubdirectory("demo-").FullName;

    [TearDown]
    public void DeleteDirectory() => Directory.Delete(_directory, recursive: true);

    [Test]
    public async Task The_first_start_sends_catalogue_history_and_live_events_and_the_second_only_live_ones()
    {
        await using (var first = await RecordingShop.StartAsync(_directory))
        {
            await first.UntilAsync(shop => shop.Clicks > 0, Patience);
            Assert.That(first.Items, Is.EqualTo(SimulatedEvents.Catalog.Items.Count));
            Assert.That(first.Refusals, Is.EqualTo(1), "the refused batch came again");
            Assert.That(first.MessageIds.Count(id => id.StartsWith("demo-0-", StringComparison.Ordinal)), Is.GreaterThan(300));
        }

        await using var second = await RecordingShop.StartAsync(_directory);
        await second.UntilAsync(shop => !shop.MessageIds.IsEmpty, Patience);
        Assert.That(second.Items, Is.Zero);
        Assert.That(second.MessageIds, Has.All.StartsWith("demo-2-"));
    }

    [Test]
    public async Task A_directory_of_another_seed_is_left_alone()
    {
        new DemoState { Seed = 9, HistoryEndMs = 0 }.Save(_directory);

        await using var shop = await RecordingShop.StartAsync(_directory);
        await shop.UntilAsync(running => running.Warnings.Any(line => line.Contains("--demo-seed 9", StringComparison.Ordinal)), Patience);

        Assert.That(shop.Items, Is.Zero);
        Assert.That(shop.MessageIds, Is.Empty);
    }

    private sealed class RecordingShop : IAsyncDisposable, ILoggerProvider, ILogger
    {
        private WebApplication _app = null!;
        private int _clicks;
        private int _items;
        private int _refusals;

        public int Clicks => Volatile.Read(ref _clicks);

        public int Items => Volatile.Read(ref _items);

        public int Refusals => Volatile.Read(ref _refusals);

        public ConcurrentQueue<string> MessageIds { get; } = [];

        public ConcurrentQueue<string> Warnings { get; } = [];

        public static async Task<RecordingShop> StartAsync(string directory)
        {
            var shop = new RecordingShop();
            var builder = WebApplication.CreateSlimBuilder(
                ["--demo-history", "500", "--demo-rate", "500", "--Personalization:DataDirectory", directory]);
            builder.WebHost.UseKestrel().UseUrls("http://127.0.0.1:0");
            builder.Logging.ClearProviders().AddProvider(shop);
            builder.AddDemo(new DemoArguments(IsDemo: true, []));
            shop._app = builder.Build();
            shop.Map();
            await shop._app.StartAsync();
            return shop;
        }

        public async Task UntilAsync(Func<RecordingShop, bool> condition, TimeSpan patience)
        {
            using var timeout = new CancellationTokenSource(patience);
            while (!condition(this))
            {
                await Task.Delay(20, timeout.Token);
            }
        }

        public async ValueTask DisposeAsync()
        {
            await _app.StopAsync();
            await _app.DisposeAsync();
        }

        public ILogger CreateLogger(string categoryName) => this;

        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => logLevel >= LogLevel.Warning;

        public void Log<TState>(
            LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
        {
            if (IsEnabled(logLevel))
            {
                Warnings.Enqueue(formatter(state, exception) + exception);
            }
        }

        public void Dispose()
        {
            // The host disposes of its logger providers; nothing to let go of here.
        }

        private void Map()
        {
            _app.MapGet("/health/ready", static () => Results.Ok());
            _app.MapPut("/v1/catalog/items", (JsonElement body, HttpContext context) =>
            {
                Interlocked.Add(ref _items, body.GetArrayLength());
                return context.Request.Headers.Authorization == "Bearer demo-server-key" ? Results.Ok() : Results.Unauthorized();
            });
            _app.MapPost("/v1/batch", Batch);
            _app.MapGet("/v1/recommendations/for-you", static () => Results.Json(new
            {
                decisionId = "d",
                placement = "for-you",
                items = new[] { new { id = "RUN-0001", reason = "popular" }, new { id = "TEN-0003", reason = "popular" } },
            }));
        }

        private IResult Batch(JsonElement body, HttpContext context)
        {
            if (_items > 0 && Interlocked.CompareExchange(ref _refusals, 1, 0) == 0)
            {
                context.Response.Headers.RetryAfter = "1";
                return Results.StatusCode(StatusCodes.Status429TooManyRequests);
            }

            foreach (var sent in body.GetProperty("batch").EnumerateArray())
            {
                MessageIds.Enqueue(sent.GetProperty("messageId").GetString()!);
                if (sent.TryGetProperty("event", out var name) && name.GetString() == "Recommendation Clicked")
                {
                    Interlocked.Increment(ref _clicks);
                }
            }

            return Results.Ok();
        }
    }
}
