using System.Buffers;
using System.Text.Json;
using System.Threading.Channels;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Personalization.Decisioning.Domain.Offers;
using Personalization.Decisioning.Domain.Restraint;
using Personalization.Tracking.Contracts;

namespace Personalization.Decisioning.Pipeline.Restraint;

/// <summary>
/// Writes what answers showed into the log, as events "Offer Shown", from which the caps are counted after a restart. Bounded: when the log is too slow
/// for it, answers have no offers rather than uncounted ones. What was shown before the process stops is written before it stops.
/// </summary>
internal sealed partial class ShownOfferWriter(IEventWriter events, ShopperLedger ledger, ILogger<ShownOfferWriter> logger) : BackgroundService, IShownOffers
{
    public const string Source = "offers";
    private const int MaxWaiting = 10_000;
    private const int BatchSize = 500;

    private readonly Channel<ShownOffers> _queue = Channel.CreateBounded<ShownOffers>(
        new BoundedChannelOptions(MaxWaiting) { SingleReader = true, FullMode = BoundedChannelFullMode.Wait });

    public bool TryTell(ShownOffers shown) => _queue.Writer.TryWrite(shown);

    public override async Task StopAsync(CancellationToken cancellationToken)
    {
        _queue.Writer.TryComplete();
        if (ExecuteTask is { } running)
        {
            await Task.WhenAny(running, Task.Delay(Timeout.Infinite, cancellationToken));
        }

        await base.StopAsync(cancellationToken);
    }

    /// <summary>A body of <c>/v1/batch</c>. Somebody who is not to be named is nobody twice: the answer's own id stands for them.</summary>
    internal static ReadOnlyMemory<byte> ToBatch(IEnumerable<ShownOffers> batch)
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

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        var batch = new List<ShownOffers>(BatchSize);
        while (await _queue.Reader.WaitToReadAsync(stoppingToken))
        {
            batch.Clear();
            while (batch.Count < BatchSize && _queue.Reader.TryRead(out var shown))
            {
                batch.Add(shown);
            }

            var written = await events.WriteAsync(ToBatch(batch), Source, EventOrigin.Live, stoppingToken);
            if (written.Accepted < batch.Count)
            {
                // Which of them were refused is not told, and those that come through will find nothing to take the place of.
                batch.ForEach(Lose);
                LogLost(batch.Count - written.Accepted, written.Problem?.Title ?? "refused");
            }
        }
    }

    private void Lose(ShownOffers shown)
    {
        foreach (var id in shown.OfferIds)
        {
            ledger.Totals.Lose(Impression.DecisionKey(shown.DecisionId), Impression.OfferKey(id));
        }
    }

    private static void Write(Utf8JsonWriter json, ShownOffers shown)
    {
        json.WriteStartObject();
        json.WriteString("type"u8, "track"u8);
        json.WriteString("event"u8, "Offer Shown"u8);
        json.WriteString("messageId"u8, shown.DecisionId);
        json.WriteString("timestamp"u8, DateTimeOffset.FromUnixTimeMilliseconds(shown.AtMs));
        if (shown.UserId is not null)
        {
            json.WriteString("userId"u8, shown.UserId);
        }

        if (shown.AnonymousId is not null)
        {
            json.WriteString("anonymousId"u8, shown.AnonymousId);
        }
        else if (shown.UserId is null)
        {
            json.WriteString("anonymousId"u8, $"decision:{shown.DecisionId}");
        }

        json.WriteStartObject("properties"u8);
        json.WriteString("decision_id"u8, shown.DecisionId);
        json.WriteString("placement"u8, shown.Placement);
        if (shown.Channel is not null)
        {
            json.WriteString("channel"u8, shown.Channel);
        }

        json.WriteStartArray("offer_ids"u8);
        foreach (var id in shown.OfferIds)
        {
            json.WriteStringValue(id);
        }

        json.WriteEndArray();
        json.WriteEndObject();
        json.WriteEndObject();
    }

    [LoggerMessage(EventId = 5200, Level = LogLevel.Warning, Message = "What {Count} answers showed was not written: {Reason}. It is counted until the process ends")]
    private partial void LogLost(int count, string reason);
}
