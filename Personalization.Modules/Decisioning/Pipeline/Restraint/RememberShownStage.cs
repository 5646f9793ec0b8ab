using System.Buffers.Text;
using System.Text.Json;
using Personalization.Decisioning.Contracts;
using Personalization.Decisioning.Domain.Restraint;
using Personalization.Kernel.Json;
using Personalization.Tracking.Contracts;

namespace Personalization.Decisioning.Pipeline.Restraint;

/// <summary>
/// Learns from the log what each shopper was shown, clicked, dismissed and bought. Only what this server says of its own answers uses a budget up: a page
/// could say anything.
/// </summary>
internal sealed class RememberShownStage(ShopperLedger ledger, ISourceDirectory sources) : IEventStage
{
    private const int MaxOffers = 100;
    private const int MaxId = 64;
    private int _ownSource = -1;

    public void Apply(TrackedEvent trackedEvent)
    {
        switch (trackedEvent.Kind)
        {
            case EventKind.OfferShown:
                Show(trackedEvent);
                break;
            case EventKind.OfferClicked:
                Click(trackedEvent);
                break;
            case EventKind.OfferDismissed or EventKind.RecommendationDismissed when IsKept(trackedEvent):
                Dismiss(trackedEvent);
                break;
            case EventKind.OrderCompleted when IsKept(trackedEvent):
                foreach (ref var line in trackedEvent.Lines)
                {
                    if (line.Item >= 0)
                    {
                        ledger.Buy(trackedEvent.ProfileId, line.Item, trackedEvent.TimestampMs);
                    }
                }

                break;
            case EventKind.OrderRefunded or EventKind.OrderCancelled when IsKept(trackedEvent):
                foreach (ref var line in trackedEvent.Lines)
                {
                    if (line.Item >= 0)
                    {
                        ledger.Return(trackedEvent.ProfileId, line.Item);
                    }
                }

                break;
        }
    }

    public void Merge(int fromProfileId, int intoProfileId) => ledger.Merge(fromProfileId, intoProfileId);

    public void Forget(int profileId) => ledger.Forget(profileId);

    private static bool IsKept(TrackedEvent trackedEvent) => trackedEvent.MayProfile && trackedEvent.ProfileId >= 0;

    private void Show(TrackedEvent trackedEvent)
    {
        Span<ulong> offers = stackalloc ulong[MaxOffers];
        var count = OffersOf(trackedEvent, offers, out var channel);
        var decision = Utf8Parser.TryParse(trackedEvent.Text(trackedEvent.DecisionId), out Guid id, out _) ? Impression.DecisionKey(id) : 0;
        Span<char> placement = stackalloc char[256];
        var said = trackedEvent.Text(trackedEvent.Placement);
        var length = said.Length <= placement.Length ? System.Text.Encoding.UTF8.GetChars(said, placement) : 0;
        foreach (var offer in offers[..count])
        {
            if (!trackedEvent.IsRebuilt && !trackedEvent.IsHistorical && trackedEvent.Batch.SourceId == OwnSource)
            {
                ledger.Totals.Confirm(decision, offer);
            }

            if (IsKept(trackedEvent) && !trackedEvent.IsHistorical)
            {
                ledger.Show(trackedEvent.ProfileId, new Impression(offer, decision, trackedEvent.TimestampMs, Impression.ScopeKey(placement[..length]), channel));
            }
        }
    }

    private void Click(TrackedEvent trackedEvent)
    {
        Span<ulong> offers = stackalloc ulong[MaxOffers];
        var count = OffersOf(trackedEvent, offers, out _);
        if (count > 0 && IsKept(trackedEvent))
        {
            ledger.Click(trackedEvent.ProfileId, trackedEvent.TimestampMs);
        }

        for (var i = 0; i < count && !trackedEvent.IsRebuilt && !trackedEvent.IsHistorical; i++)
        {
            ledger.Totals.Click(offers[i]);
        }
    }

    private void Dismiss(TrackedEvent trackedEvent)
    {
        Span<ulong> offers = stackalloc ulong[MaxOffers];
        foreach (var offer in offers[..OffersOf(trackedEvent, offers, out _)])
        {
            ledger.Dismiss(trackedEvent.ProfileId, offer, trackedEvent.TimestampMs);
        }

        foreach (ref var line in trackedEvent.Lines)
        {
            if (line.Item >= 0)
            {
                ledger.Dismiss(trackedEvent.ProfileId, (uint)line.Item, trackedEvent.TimestampMs);
            }
        }
    }

    private int OwnSource => _ownSource >= 0 ? _ownSource : _ownSource = sources.Named(ShownOfferWriter.Source).Id;

    /// <summary>Keys of <c>offer_id</c> and <c>offer_ids</c>, and of <c>channel</c>. Allocates nothing.</summary>
    private static int OffersOf(TrackedEvent trackedEvent, Span<ulong> into, out uint channel)
    {
        channel = 0;
        var count = 0;
        var payload = trackedEvent.Text(trackedEvent.Payload);
        if (payload.IsEmpty)
        {
            return 0;
        }

        var reader = new Utf8JsonReader(payload);
        reader.Read();
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            var (isOffer, isChannel) = (reader.IsText("offer_id"u8) || reader.IsText("offer_ids"u8), reader.IsText("channel"u8));
            reader.Read();
            if (isChannel && reader.TokenType == JsonTokenType.String)
            {
                channel = (uint)KeyOf(ref reader, RequestContext.MaxLength, isScope: true);
            }
            else if (isOffer && reader.TokenType == JsonTokenType.StartArray)
            {
                while (reader.Read() && reader.TokenType != JsonTokenType.EndArray)
                {
                    Add(ref reader, into, ref count);
                }
            }
            else if (isOffer)
            {
                Add(ref reader, into, ref count);
            }
            else
            {
                reader.Skip();
            }
        }

        return count;
    }

    private static void Add(ref Utf8JsonReader reader, Span<ulong> into, ref int count)
    {
        if (reader.TokenType is JsonTokenType.StartObject or JsonTokenType.StartArray)
        {
            reader.Skip();
        }
        else if (reader.TokenType == JsonTokenType.String && count < into.Length && KeyOf(ref reader, MaxId, isScope: false) is var key and not 0)
        {
            into[count++] = key;
        }
    }

    private static ulong KeyOf(ref Utf8JsonReader reader, int most, bool isScope)
    {
        // A character takes at most six bytes in JSON, as an escape.
        Span<char> text = stackalloc char[RequestContext.MaxLength * 6];
        if (reader.HasValueSequence || reader.ValueSpan.Length is 0 || reader.ValueSpan.Length > most * 6 || !reader.IsReadable())
        {
            return 0;
        }

        var length = reader.CopyString(text);
        return length > most ? 0 : isScope ? Impression.ScopeKey(text[..length]) : Impression.OfferKey(text[..length]);
    }
}
