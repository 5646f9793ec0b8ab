using System.Text.Json;
using Personalization.Features.Contracts;

namespace Personalization.Features.Domain.History;

/// <summary>What is kept of a person's events, in the shop's own names.</summary>
[Kernel.Privacy.HoldsNoPersonalData("Writes what it is given.")]
internal sealed class HistoryJson(IEventNames names, IKeptProperties kept, ICatalog catalog)
{
    /// <summary>Writes an object for each event, latest first.</summary>
    /// <param name="json">In an array.</param>
    /// <param name="facts">The events.</param>
    /// <param name="limit">Events at most.</param>
    public void WriteEvents(Utf8JsonWriter json, ProfileFacts facts, int limit)
    {
        var events = facts.Events;
        for (var i = events.Length - 1; i >= Math.Max(0, events.Length - (long)limit); i--)
        {
            WriteEvent(json, facts, in events[i]);
        }
    }

    /// <summary>A time as people read it.</summary>
    public static void WriteTime(Utf8JsonWriter json, string name, long unixMs)
    {
        if (unixMs is > long.MinValue and < long.MaxValue)
        {
            json.WriteString(name, DateTimeOffset.FromUnixTimeMilliseconds(unixMs));
        }
        else
        {
            json.WriteNull(name);
        }
    }

    /// <summary>A value as JSON has it.</summary>
    public static void WriteValue(Utf8JsonWriter json, Scalar value, ReadOnlySpan<byte> texts)
    {
        switch (value.Kind)
        {
            case ScalarKind.Text:
                json.WriteStringValue(value.TextIn(texts));
                break;
            case ScalarKind.Number:
                json.WriteNumberValue(value.AsNumber);
                break;
            case ScalarKind.None:
                json.WriteNullValue();
                break;
            default:
                json.WriteBooleanValue(value.Kind == ScalarKind.True);
                break;
        }
    }

    private void WriteEvent(Utf8JsonWriter json, ProfileFacts facts, ref readonly Fact fact)
    {
        json.WriteStartObject();
        json.WriteString("event", names[fact.Event]);
        WriteTime(json, "at", fact.TimeMs);
        json.WriteNumber("offset", fact.Offset);
        json.WriteNumber("session", fact.Session);
        json.WriteBoolean("isHistorical", fact.IsHistorical);
        if (!float.IsNaN(fact.Revenue))
        {
            json.WriteNumber("revenue", fact.Revenue);
        }

        WriteLines(json, facts.LinesOf(in fact));
        json.WriteStartObject("properties");
        foreach (ref readonly var property in facts.PropertiesOf(in fact))
        {
            json.WritePropertyName(kept[property.Key]);
            WriteValue(json, property.Value, facts.Text);
        }

        json.WriteEndObject();
        json.WriteEndObject();
    }

    private void WriteLines(Utf8JsonWriter json, ReadOnlySpan<FactLine> lines)
    {
        json.WriteStartArray("products");
        foreach (ref readonly var line in lines)
        {
            json.WriteStartObject();
            WriteName(json, "id", line.Item < 0 ? null : catalog.IdOf(line.Item));
            WriteName(json, "category", line.CategoryTerm < 0 ? null : catalog.TermOf(line.CategoryTerm));
            WriteName(json, "brand", line.BrandTerm < 0 ? null : catalog.TermOf(line.BrandTerm));
            if (!float.IsNaN(line.Price))
            {
                json.WriteNumber("price", line.Price);
            }

            json.WriteNumber("quantity", line.Quantity);
            json.WriteEndObject();
        }

        json.WriteEndArray();
    }

    private static void WriteName(Utf8JsonWriter json, string property, string? name)
    {
        if (name is not null)
        {
            json.WriteString(property, name);
        }
    }
}
