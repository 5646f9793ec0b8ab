using System.Text.Json;
using Microsoft.Extensions.Logging;
using Personalization.Decisioning.Domain.Restraint.Products;
using Personalization.Tracking.Contracts;

namespace Personalization.Decisioning.Pipeline.Restraint;

/// <summary>
/// Writes which products answers showed into the log, as events "Slate Given", from which they are counted after a restart. A log that takes nothing costs what
/// would be known after a restart, never the answer.
/// </summary>
internal sealed partial class ShownProductWriter(IEventWriter events, ILogger<ShownProductWriter> logger)
    : AnswerEvents<ShownProducts>(events, Source, batchSize: 200), IShownProducts
{
    public const string Source = "shown-products";

    /// <summary>Outside the taxonomy: whatever it takes for a slate that was seen teaches rankers, and this one was only given.</summary>
    public static ReadOnlySpan<byte> EventName => "Slate Given"u8;

    public void Tell(ShownProducts shown) => Note(shown);

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
            json.WriteString("product_id"u8, item);
            json.WriteEndObject();
        }

        json.WriteEndArray();
        json.WriteEndObject();
        json.WriteEndObject();
    }

    protected override void OnLost(IReadOnlyList<ShownProducts> batch, long lost, string reason) => LogLost(lost, reason);

    [LoggerMessage(EventId = 5362, Level = LogLevel.Warning, Message = "Which products {Count} answers showed was not written: {Reason}. It is counted until the process ends")]
    private partial void LogLost(long count, string reason);
}
