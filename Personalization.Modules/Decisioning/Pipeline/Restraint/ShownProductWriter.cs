using System.Text.Json;
using System.Threading.Channels;
using Microsoft.Extensions.Logging;
using Personalization.Decisioning.Domain.Candidates;
using Personalization.Decisioning.Domain.Restraint.Products;
using Personalization.Features.Contracts;
using Personalization.Tracking.Contracts;

namespace Personalization.Decisioning.Pipeline.Restraint;

/// <summary>
/// Writes which products answers showed into the log, as events "Slate Given", from which they are counted after a restart. A log that takes nothing costs what
/// would be known after a restart, never the answer.
/// </summary>
internal sealed partial class ShownProductWriter(IEventWriter events, ICatalog catalog, ILogger<ShownProductWriter> logger)
    : AnswerEvents<ShownProducts>(events, Source, batchSize: 200), IShownProducts
{
    public const string Source = "shown-products";
    private const int MaxIdle = 1_000;

    private readonly Channel<ShownProducts> _idle = Channel.CreateBounded<ShownProducts>(new BoundedChannelOptions(MaxIdle) { FullMode = BoundedChannelFullMode.Wait });

    /// <summary>Outside the taxonomy: whatever it takes for a slate that was seen teaches rankers, and this one was only given.</summary>
    public static ReadOnlySpan<byte> EventName => "Slate Given"u8;

    public void Tell(DecisionContext context)
    {
        var shown = _idle.Reader.TryRead(out var idle) ? idle : new ShownProducts();
        shown.Take(context);
        Note(shown);
    }

    /// <summary>The offers of the same answer have its id for their own event.</summary>
    protected override void Write(Utf8JsonWriter json, ShownProducts note)
    {
        Begin(json, EventName, DateTimeOffset.FromUnixTimeMilliseconds(note.AtMs), note.UserId, note.AnonymousId);
        json.WriteString("messageId"u8, $"{note.DecisionId}:products");
        json.WriteStartObject("properties"u8);
        json.WriteString("decision_id"u8, note.DecisionId);
        json.WriteString("placement"u8, note.Placement);
        json.WriteStartArray("products"u8);
        foreach (var item in note.Items)
        {
            json.WriteStartObject();
            json.WriteString("product_id"u8, catalog.IdOf(item));
            json.WriteEndObject();
        }

        json.WriteEndArray();
        json.WriteEndObject();
        json.WriteEndObject();
    }

    protected override void Return(ShownProducts note)
    {
        note.Clear();
        _idle.Writer.TryWrite(note);
    }

    protected override void OnLost(IReadOnlyList<ShownProducts> batch, long lost, string reason) => LogLost(lost, reason);

    [LoggerMessage(EventId = 5362, Level = LogLevel.Warning, Message = "Which products {Count} answers showed was not written: {Reason}. It is counted until the process ends")]
    private partial void LogLost(long count, string reason);
}
