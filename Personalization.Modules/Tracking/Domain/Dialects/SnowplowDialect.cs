using System.Buffers;
using System.Runtime.InteropServices;
using System.Text.Json;

namespace Personalization.Tracking.Domain.Dialects;

/// <summary>
/// Snowplow's tracker protocol: a <c>payload_data</c> of many events in a body, or one event in a query. Source: "Snowplow tracker protocol"
/// in its documentation, and recordings of its trackers.
/// </summary>
/// <param name="maxEventBytes">An event of more is not looked into: the parser refuses it by its size.</param>
internal sealed class SnowplowDialect(int maxEventBytes) : IDialect
{
    private static readonly IReadOnlyList<SnowplowFields> NoItems = [];

    public Translation Translate(in DialectRequest request, IBufferWriter<byte> output)
    {
        if (request.Body.IsEmpty)
        {
            return TranslateQuery(request, output);
        }

        using var body = DialectJson.TryParse(request.Body);
        if (body is null)
        {
            return Translation.Unreadable;
        }

        return body.RootElement.Get("data") is { ValueKind: JsonValueKind.Array } data
            ? TranslateAll(request, data, output)
            : new Translation(TranslationStatus.OtherForm, "'data' must be an array of events: this address takes Snowplow's payload_data.");
    }

    private static Translation TranslateQuery(in DialectRequest request, IBufferWriter<byte> output)
    {
        var fields = SnowplowFields.Of(request.Query);
        if (fields["e"] is null)
        {
            return new Translation(TranslationStatus.OtherForm, "'e' is missing: this address takes an event of Snowplow's in its query.");
        }

        using var writer = DialectJson.Writer(output);
        Begin(writer);
        if (!new SnowplowEventWriter(writer, request).TryWrite(fields, NoItems))
        {
            WriteUntranslated(writer, fields);
        }

        End(writer);
        return new Translation(TranslationStatus.Translated, AppId: fields["aid"]);
    }

    private Translation TranslateAll(in DialectRequest request, JsonElement data, IBufferWriter<byte> output)
    {
        var all = data.EnumerateArray().Select(Read).ToList();
        var itemsOf = all
            .Where(read => read.Fields?["e"] == "ti" && read.Fields["ti_id"] is not null)
            .ToLookup(read => read.Fields!["ti_id"]!, read => read.Fields!);
        var orders = all.Where(read => read.Fields?["e"] == "tr").Select(read => read.Fields!["tr_id"]).OfType<string>().ToHashSet(StringComparer.Ordinal);
        var complete = new HashSet<string>(StringComparer.Ordinal);

        using var writer = DialectJson.Writer(output);
        Begin(writer);
        string? appId = null;
        foreach (var (sent, fields) in all)
        {
            appId ??= fields?["aid"];
            if (fields?["e"] == "ti" && fields["ti_id"] is { } ordered && orders.Contains(ordered))
            {
                continue; // Stands in its transaction.
            }

            // Of two transactions of one id the first has the items.
            var items = fields?["e"] == "tr" && fields["tr_id"] is { } order && complete.Add(order) ? itemsOf[order].ToList() : NoItems;
            if (fields is null || !new SnowplowEventWriter(writer, request).TryWrite(fields, items))
            {
                writer.Copy(sent);
            }
        }

        End(writer);
        return new Translation(TranslationStatus.Translated, AppId: appId);
    }

    private (JsonElement Sent, SnowplowFields? Fields) Read(JsonElement sent) =>
        (sent, sent.ValueKind == JsonValueKind.Object && JsonMarshal.GetRawUtf8Value(sent).Length <= maxEventBytes ? SnowplowFields.Of(sent) : null);

    private static void Begin(Utf8JsonWriter writer)
    {
        writer.WriteStartObject();
        writer.WriteStartArray("batch"u8);
    }

    private static void End(Utf8JsonWriter writer)
    {
        writer.WriteEndArray();
        writer.WriteEndObject();
        writer.Flush();
    }

    private static void WriteUntranslated(Utf8JsonWriter writer, SnowplowFields fields)
    {
        writer.WriteStartObject();
        foreach (var (name, value) in fields.All)
        {
            writer.WriteString(name, value);
        }

        writer.WriteEndObject();
    }
}
