using System.Text.Json;
using Microsoft.Extensions.Logging;
using NUnit.Framework;
using Personalization.Decisioning;
using Personalization.Decisioning.Contracts;
using Personalization.Decisioning.Domain;
using Personalization.Decisioning.Domain.Candidates;
using Personalization.Decisioning.Domain.Experiments;
using Personalization.Decisioning.Pipeline;
using Personalization.Decisioning.Pipeline.Restraint;
using Personalization.Kernel.Http;
using Personalization.Tracking.Contracts;

namespace Personalization.Tests.Decisioning;

internal sealed class AnswerEventsTests
{
    private static readonly DateTimeOffset Now = DateTimeOffset.FromUnixTimeMilliseconds(1_790_000_000_000);
    private FakeLog _log = null!;
    private Warnings _warnings = null!;

    [SetUp]
    public void Begin() => (_log, _warnings) = (new FakeLog(), new Warnings());

    [Test]
    public async Task What_was_noted_before_the_process_stops_is_in_the_log()
    {
        using var writer = new ExposureWriter(_log, new Warnings<ExposureWriter>(_warnings));
        for (var i = 0; i < 1_200; i++)
        {
            writer.Write(Exposure(i));
        }

        await writer.StartAsync(CancellationToken.None);
        await writer.StopAsync(CancellationToken.None);

        Assert.That(_log.Batches.Select(batch => batch.Count), Is.EqualTo(new[] { 500, 500, 200 }));
        Assert.That(_log.Batches.SelectMany(batch => batch).Select(each => each.GetProperty("anonymousId").GetString()), Is.EqualTo(Enumerable.Range(0, 1_200).Select(i => $"a{i}")));
        Assert.That(_warnings.Texts, Is.Empty);
    }

    [Test]
    public async Task Nobody_waits_for_a_queue_that_is_full_and_what_is_lost_is_told_once()
    {
        var shop = new FakeShop();
        var context = new DecisionContext(shop);
        var ann = new RecommendationRequest { UserId = "ann", Placement = "for-you" };
        using var writer = new ShownProductWriter(_log, shop, new Warnings<ShownProductWriter>(_warnings));
        for (var i = 0; i < 10_003; i++)
        {
            context.Begin(ann, Placement.From("for-you", new PlacementOptions()), Now, 1, default);
            context.Slate.Restore([new SlateEntry { Item = i % FakeShop.Items }]);
            writer.Tell(context);
        }

        await writer.StartAsync(CancellationToken.None);
        await writer.StopAsync(CancellationToken.None);

        Assert.That(_log.Batches.Sum(batch => batch.Count), Is.EqualTo(10_000));
        Assert.That(_log.Batches.Max(batch => batch.Count), Is.EqualTo(200));
        Assert.That(
            _log.Batches.SelectMany(batch => batch).Select(given => given.GetProperty("properties").GetProperty("products")[0].GetProperty("product_id").GetString()),
            Is.EqualTo(Enumerable.Range(0, 10_000).Select(i => shop.IdOf(i % FakeShop.Items))));
        Assert.That(_warnings.Texts, Is.EqualTo(new[] { "Which products 3 answers showed was not written: too many waited. It is counted until the process ends" }));
    }

    [Test]
    public async Task A_log_that_takes_nothing_is_told_with_its_reason_and_the_next_batch_is_tried()
    {
        _log.Refusals = 1;
        using var writer = new ExposureWriter(_log, new Warnings<ExposureWriter>(_warnings));
        for (var i = 0; i < 700; i++)
        {
            writer.Write(Exposure(i));
        }

        await writer.StartAsync(CancellationToken.None);
        await writer.StopAsync(CancellationToken.None);

        Assert.That(_log.Batches.Select(batch => batch.Count), Is.EqualTo(new[] { 200 }));
        Assert.That(_warnings.Texts, Is.EqualTo(new[] { "500 exposures of experiments were not written: The log is full" }));
    }

    private static Exposure Exposure(int i) => new(null, $"a{i}", null, "home", "popular", 1, Now, "for-you");

    private sealed class FakeLog : IEventWriter
    {
        public List<List<JsonElement>> Batches { get; } = [];

        public int Refusals { get; set; }

        public ValueTask<EventWriteResult> WriteAsync(ReadOnlyMemory<byte> batchJson, string sourceName, EventOrigin origin, CancellationToken cancellationToken)
        {
            if (Refusals-- > 0)
            {
                return new(new EventWriteResult(0, 0, new Problem("tracking/full", "The log is full", 429)));
            }

            Batches.Add([.. JsonElement.Parse(batchJson.Span).GetProperty("batch").EnumerateArray()]);
            return new(new EventWriteResult(Batches[^1].Count, 0, null));
        }
    }

    private sealed class Warnings
    {
        public List<string> Texts { get; } = [];
    }

    private sealed class Warnings<T>(Warnings warnings) : ILogger<T>
    {
        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => logLevel >= LogLevel.Warning;

        public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter) =>
            warnings.Texts.Add(formatter(state, exception));
    }
}
