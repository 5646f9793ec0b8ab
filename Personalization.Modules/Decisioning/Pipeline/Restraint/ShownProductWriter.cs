using System.Buffers;
using System.Text.Json;
using System.Threading.Channels;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Personalization.Decisioning.Domain.Candidates;
using Personalization.Decisioning.Domain.Restraint.Products;
using Personalization.Features.Contracts;
using Personalization.Tracking.Contracts;

namespace Personalization.Decisioning.Pipeline.Restraint;

/// <summary>
/// Writes which products answers showed into the log, as events "Slate Given", from which they are counted after a restart. Bounded: a log that
/// takes nothing costs what would be known after a restart, never the answer. What was shown before the process stops is written before it stops.
/// </summary>
internal sealed partial class ShownProductWriter(IEventWriter events, ICatalog catalog, ILogger<ShownProductWriter> logger) : BackgroundService, IShownProducts
{
    public const string Source = "shown-products";
    private const int MaxWaiting = 10_000;
    private const int MaxIdle = 1_000;
    private const int BatchSize = 200;

    private readonly Channel<ShownProducts> _queue = Channel.CreateBounded<ShownProducts>(
        new BoundedChannelOptions(MaxWaiting) { SingleReader = true, FullMode = BoundedChannelFullMode.Wait });

    private readonly Channel<ShownProducts> _idle = Channel.CreateBounded<ShownProducts>(new BoundedChannelOptions(MaxIdle) { FullMode = BoundedChannelFullMode.Wait });
    private long _lost;

    /// <summary>Outside the taxonomy: whatever it takes for a slate that was seen teaches rankers, and this one was only given.</summary>
    public static ReadOnlySpan<byte> EventName => "Slate Given"u8;

    public void Tell(DecisionContext context)
    {
        var shown = _idle.Reader.TryRead(out var idle) ? idle : new ShownProducts();
        shown.Take(context);
        if (!_queue.Writer.TryWrite(shown))
        {
            Interlocked.Increment(ref _lost);
            Return(shown);
        }
    }

    public override async Task StopAsync(CancellationToken cancellationToken)
    {
        _queue.Writer.TryComplete();
        if (ExecuteTask is { } running)
        {
            await Task.WhenAny(running, Task.Delay(Timeout.Infinite, cancellationToken));
        }

        await base.StopAsync(cancellationToken);
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        var batch = new List<ShownProducts>(BatchSize);
        while (await _queue.Reader.WaitToReadAsync(stoppingToken))
        {
            batch.Clear();
            while (batch.Count < BatchSize && _queue.Reader.TryRead(out var shown))
            {
                batch.Add(shown);
            }

            var written = await events.WriteAsync(ToBatch(batch), Source, EventOrigin.Live, stoppingToken);
            batch.ForEach(Return);
            var lost = batch.Count - written.Accepted + Interlocked.Exchange(ref _lost, 0);
            if (lost > 0)
            {
                LogLost(lost, written.Problem?.Title ?? "too many waited");
            }
        }
    }

    /// <summary>A body of <c>/v1/batch</c>.</summary>
    private ReadOnlyMemory<byte> ToBatch(IEnumerable<ShownProducts> batch)
    {
        var body = new ArrayBufferWriter<byte>();
        using (var json = new Utf8JsonWriter(body))
        {
            json.WriteStartObject();
            json.WriteStartArray("batch"u8);
            foreach (var shown in batch)
            {
                Write(json, shown);
            }

            json.WriteEndArray();
            json.WriteEndObject();
        }

        return body.WrittenMemory;
    }

    /// <summary>The offers of the same answer have its id for their own event.</summary>
    private void Write(Utf8JsonWriter json, ShownProducts shown)
    {
        json.WriteStartObject();
        json.WriteString("type"u8, "track"u8);
        json.WriteString("event"u8, EventName);
        json.WriteString("messageId"u8, $"{shown.DecisionId}:products");
        json.WriteString("timestamp"u8, DateTimeOffset.FromUnixTimeMilliseconds(shown.AtMs));
        if (shown.UserId is not null)
        {
            json.WriteString("userId"u8, shown.UserId);
        }

        if (shown.AnonymousId is not null)
        {
            json.WriteString("anonymousId"u8, shown.AnonymousId);
        }

        json.WriteStartObject("properties"u8);
        json.WriteString("decision_id"u8, shown.DecisionId);
        json.WriteString("placement"u8, shown.Placement);
        json.WriteStartArray("products"u8);
        foreach (var item in shown.Items)
        {
            json.WriteStartObject();
            json.WriteString("product_id"u8, catalog.IdOf(item));
            json.WriteEndObject();
        }

        json.WriteEndArray();
        json.WriteEndObject();
        json.WriteEndObject();
    }

    private void Return(ShownProducts shown)
    {
        shown.Clear();
        _idle.Writer.TryWrite(shown);
    }

    [LoggerMessage(EventId = 5362, Level = LogLevel.Warning, Message = "Which products {Count} answers showed was not written: {Reason}. It is counted until the process ends")]
    private partial void LogLost(long count, string reason);
}
