using System.Text.Json;
using Personalization.Features.Contracts;

namespace Personalization.Decisioning.Domain.Restraint;

/// <summary>What restraint knows of a person, in words that they can read.</summary>
internal static class RestraintExport
{
    public static void Write(Utf8JsonWriter json, ShopperRecord record, ICatalog catalog)
    {
        json.WriteStartObject();
        json.WriteStartArray("offersShownAt"u8);
        record.Shown.ForEach(shown => json.WriteStringValue(Time(shown.AtMs)));
        json.WriteEndArray();
        json.WriteStartArray("bought"u8);
        record.Bought.ForEach(mark => Write(json, mark, catalog));
        json.WriteEndArray();
        json.WriteStartArray("dismissed"u8);
        record.Dismissed.ForEach(mark => Write(json, mark, catalog));
        json.WriteEndArray();
        if (record.ClickedAtMs != 0)
        {
            json.WriteString("lastOfferClickedAt"u8, Time(record.ClickedAtMs));
        }

        json.WriteEndObject();
    }

    private static void Write(Utf8JsonWriter json, Mark mark, ICatalog catalog)
    {
        json.WriteStartObject();
        json.WriteString("what"u8, mark.Key <= int.MaxValue ? catalog.IdOf((int)mark.Key) : "an offer");
        json.WriteString("at"u8, Time(mark.AtMs));
        json.WriteEndObject();
    }

    private static DateTimeOffset Time(long ms) => DateTimeOffset.FromUnixTimeMilliseconds(ms);
}
