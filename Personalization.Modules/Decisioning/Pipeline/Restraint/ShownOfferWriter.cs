using System.Text.Json;
using Microsoft.Extensions.Logging;
using Personalization.Decisioning.Domain.Offers;
using Personalization.Decisioning.Domain.Restraint;
using Personalization.Tracking.Contracts;

namespace Personalization.Decisioning.Pipeline.Restraint;

/// <summary>
/// Writes what answers showed into the log, as events "Offer Shown", from which the caps are counted after a restart. When the log is too slow for it, answers
/// have no offers rather than uncounted ones.
/// </summary>
internal sealed partial class ShownOfferWriter(IEventWriter events, ShopperLedger ledger, ILogger<ShownOfferWriter> logger)
    : AnswerEvents<ShownOffers>(events, Source, batchSize: 500), IShownOffers
{
    public const string Source = "offers";

    public bool TryTell(ShownOffers shown) => TryNote(shown);

    /// <summary>Somebody who is not to be named is nobody twice: the answer's own id stands for them.</summary>
    protected override void Write(Utf8JsonWriter json, ShownOffers note)
    {
        var isNobody = note.UserId is null && note.AnonymousId is null;
        Begin(
            json, "Offer Shown"u8, DateTimeOffset.FromUnixTimeMilliseconds(note.AtMs), note.UserId, isNobody ? $"decision:{note.DecisionId}" : note.AnonymousId);
        json.WriteString("messageId"u8, note.DecisionId);
        json.WriteStartObject("properties"u8);
        json.WriteString("decision_id"u8, note.DecisionId);
        json.WriteString("placement"u8, note.Placement);
        if (note.Channel is not null)
        {
            json.WriteString("channel"u8, note.Channel);
        }

        json.WriteStartArray("offer_ids"u8);
        foreach (var id in note.OfferIds)
        {
            json.WriteStringValue(id);
        }

        json.WriteEndArray();
        json.WriteEndObject();
        json.WriteEndObject();
    }

    /// <summary>All of the batch counts as lost: those that came through will find nothing to take the place of.</summary>
    protected override void OnLost(IReadOnlyList<ShownOffers> batch, long lost, string reason)
    {
        foreach (var shown in batch)
        {
            foreach (var id in shown.OfferIds)
            {
                ledger.Totals.Lose(Impression.DecisionKey(shown.DecisionId), Impression.OfferKey(id));
            }
        }

        LogLost(lost, reason);
    }

    [LoggerMessage(EventId = 5200, Level = LogLevel.Warning, Message = "What {Count} answers showed was not written: {Reason}. It is counted until the process ends")]
    private partial void LogLost(long count, string reason);
}
