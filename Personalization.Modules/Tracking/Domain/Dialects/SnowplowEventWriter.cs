using System.Text.Json;

namespace Personalization.Tracking.Domain.Dialects;

/// <summary>Writes one event of Snowplow's tracker protocol as a call of Segment's.</summary>
/// <param name="writer">In the array of the batch.</param>
/// <param name="request">Who may have sent it, where the event itself does not say.</param>
internal readonly struct SnowplowEventWriter(Utf8JsonWriter writer, DialectRequest request)
{
    /// <summary>Writes the event, or nothing when it is of no type that we know, or its own data cannot be read.</summary>
    /// <param name="fields">Of the event.</param>
    /// <param name="items">The items of a transaction, where the same request has them.</param>
    /// <returns>Whether it was written.</returns>
    public bool TryWrite(SnowplowFields fields, IReadOnlyList<SnowplowFields> items)
    {
        using var contexts = fields.Json("co", "cx");
        using var own = fields.Json("ue_pr", "ue_px");
        var entities = new SnowplowEntities(contexts?.RootElement ?? default);
        var selfDescribing = own is null ? default : own.RootElement.Get("data");
        var schema = IgluUri.Parse(selfDescribing.Get("schema").Text());
        if (fields["e"] is not ("pv" or "pp" or "se" or "ue" or "tr" or "ti") || (fields["e"] == "ue" && schema == default))
        {
            return false;
        }

        writer.WriteStartObject();
        WriteIdentity(fields, entities);
        switch (fields["e"])
        {
            case "pv":
                WritePage(fields);
                break;
            case "pp":
                WritePing(fields);
                break;
            case "se":
                WriteStructured(fields);
                break;
            case "ue":
                WriteSelfDescribing(schema, selfDescribing.Get("data"), entities);
                break;
            case "tr":
                WriteTransaction(fields, items);
                break;
            default:
                WriteItem(fields);
                break;
        }

        WriteContext(fields, entities, contexts is null ? fields.Unread("co", "cx") : null, selfDescribing.Get("schema"));
        writer.WriteEndObject();
        return true;
    }

    private void WriteIdentity(SnowplowFields fields, SnowplowEntities entities)
    {
        writer.Text("messageId", fields["eid"]);
        writer.Text("userId", fields["uid"]);
        writer.Text("anonymousId", AnonymousId(fields, entities));

        // A "true" time is told by who knows it, and not subject to the clock of the device.
        writer.Text("originalTimestamp", IsoTime(fields["ttm"] ?? fields["dtm"]));
        if (fields["ttm"] is null)
        {
            writer.Text("sentAt", IsoTime(fields["stm"]));
        }
    }

    /// <summary>
    /// The device, the session's user, the network's user. A tracker that keeps all of them back still counts: what happened on one
    /// page view, or in one event, then stands alone (decision 0011).
    /// </summary>
    private string? AnonymousId(SnowplowFields fields, SnowplowEntities entities)
    {
        var known = fields["duid"] ?? entities.SessionUser.Text();
        if (!request.IsAnonymous)
        {
            known ??= fields["tnuid"] ?? fields["nuid"] ?? request.NetworkUserId;
        }

        if (known is not null || fields["uid"] is not null)
        {
            return known;
        }

        return entities.PageViewId.Text() is { } pageView ? "pageview:" + pageView : fields["eid"] is { } eventId ? "event:" + eventId : null;
    }

    private void WritePage(SnowplowFields fields)
    {
        writer.WriteString("type"u8, "page"u8);
        writer.Text("name", fields["page"]);
        writer.WriteStartObject("properties"u8);
        WritePageFields(fields);
        writer.WriteEndObject();
    }

    private void WritePing(SnowplowFields fields)
    {
        WriteTrack("Page Ping");
        WritePageFields(fields);
        writer.Number("min_x", fields["pp_mix"]);
        writer.Number("max_x", fields["pp_max"]);
        writer.Number("min_y", fields["pp_miy"]);
        writer.Number("max_y", fields["pp_may"]);
        writer.WriteEndObject();
    }

    /// <summary>Under their own names: the value of a structured event is a number of anything, and its category none of products.</summary>
    private void WriteStructured(SnowplowFields fields)
    {
        WriteTrack(fields["se_ac"] ?? fields["se_ca"] ?? "");
        writer.Text("se_category", fields["se_ca"]);
        writer.Text("se_action", fields["se_ac"]);
        writer.Text("se_label", fields["se_la"]);
        writer.Text("se_property", fields["se_pr"]);
        writer.Number("se_value", fields["se_va"]);
        writer.WriteEndObject();
    }

    private void WriteSelfDescribing(IgluUri schema, JsonElement data, SnowplowEntities entities)
    {
        if (SnowplowCommerce.NameOf(schema, data) is { } name)
        {
            writer.WriteString("type"u8, "track"u8);
            writer.WriteString("event"u8, name);
            writer.WritePropertyName("properties"u8);
            SnowplowCommerce.WriteProperties(writer, schema, data, entities);
            return;
        }

        var isScreen = schema.Name == "screen_view";
        writer.WriteString("type"u8, isScreen ? "screen"u8 : "track"u8);
        if (isScreen)
        {
            writer.Copy("name", data.Get("name"));
        }
        else
        {
            writer.WriteString("event"u8, schema.Name);
        }

        if (data.ValueKind == JsonValueKind.Object)
        {
            writer.Copy("properties", data);
        }
    }

    private void WriteTransaction(SnowplowFields fields, IReadOnlyList<SnowplowFields> items)
    {
        WriteTrack("Order Completed");
        writer.Text("order_id", fields["tr_id"]);
        writer.Text("affiliation", fields["tr_af"]);
        writer.Number("total", fields["tr_tt"]);
        writer.Number("tax", fields["tr_tx"]);
        writer.Number("shipping", fields["tr_sh"]);
        writer.Text("currency", fields["tr_cu"]);
        if (items.Count > 0)
        {
            WriteProducts(items);
        }

        writer.WriteEndObject();
    }

    /// <summary>An item that comes without its transaction adds to the order, and is no order of its own.</summary>
    private void WriteItem(SnowplowFields fields)
    {
        WriteTrack("Order Updated");
        writer.Text("order_id", fields["ti_id"]);
        writer.Text("currency", fields["ti_cu"]);
        WriteProducts([fields]);
        writer.WriteEndObject();
    }

    private void WriteProducts(IReadOnlyList<SnowplowFields> items)
    {
        writer.WriteStartArray("products"u8);
        foreach (var item in items)
        {
            writer.WriteStartObject();
            writer.Text("product_id", item["ti_sk"]);
            writer.Text("name", item["ti_nm"]);
            writer.Text("category", item["ti_ca"]);
            writer.Number("price", item["ti_pr"]);
            writer.Number("quantity", item["ti_qu"]);
            writer.WriteEndObject();
        }

        writer.WriteEndArray();
    }

    private void WriteTrack(string name)
    {
        writer.WriteString("type"u8, "track"u8);
        writer.WriteString("event"u8, name);
        writer.WriteStartObject("properties"u8);
    }

    private void WritePageFields(SnowplowFields fields)
    {
        writer.Text("url", fields["url"]);
        writer.Text("title", fields["page"]);
        writer.Text("referrer", fields["refr"]);
        writer.Text("path", Uri.TryCreate(fields["url"], UriKind.Absolute, out var url) ? url.AbsolutePath : null);
    }

    private void WriteContext(SnowplowFields fields, SnowplowEntities entities, string? unread, JsonElement schema)
    {
        writer.WriteStartObject("context"u8);
        writer.Text("sessionId", fields["sid"] ?? entities.SessionId.Text());
        writer.WriteStartObject("page"u8);
        WritePageFields(fields);
        writer.WriteEndObject();
        writer.Text("userAgent", fields["ua"]);
        writer.Text("locale", fields["lang"]);
        writer.Text("timezone", fields["tz"]);
        writer.WriteStartObject("library"u8);
        writer.WriteString("name"u8, "snowplow"u8);
        writer.Text("version", fields["tv"]);
        writer.WriteEndObject();
        writer.WriteStartObject("app"u8);
        writer.Text("name", fields["aid"]);
        writer.WriteEndObject();
        writer.Text("platform", fields["p"]);
        writer.Text("namespace", fields["tna"]);
        writer.Copy("schema", schema);
        if (entities.All.ValueKind == JsonValueKind.Array)
        {
            writer.Copy("entities", entities.All);
        }

        writer.Text("unreadEntities", unread);
        writer.WriteEndObject();
    }

    /// <summary>Unix milliseconds as ISO 8601; what is no such number as it came, for the parser to make of it what it can.</summary>
    private static string? IsoTime(string? unixMs) =>
        long.TryParse(unixMs, out var ms) && ms is > 0 and < 253_402_300_800_000
            ? DateTimeOffset.FromUnixTimeMilliseconds(ms).ToString("yyyy-MM-dd'T'HH:mm:ss.fff'Z'")
            : unixMs;
}
