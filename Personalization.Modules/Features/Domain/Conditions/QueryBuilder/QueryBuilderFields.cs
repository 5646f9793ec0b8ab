using System.Text.Json.Nodes;

namespace Personalization.Features.Domain.Conditions.QueryBuilder;

/// <summary>
/// Names of fields: <c>trait.plan</c>, <c>feature.orders_30d</c>, <c>context.device.type</c>, <c>event.Order Completed</c> (how many there are),
/// <c>funnel.checkout</c> (completed steps), <c>consent.train</c>, <c>random.seed</c> (below a share), <c>segment</c> and <c>list</c>.
/// </summary>
internal static class QueryBuilderFields
{
    public static readonly string[] OfValues = ["trait", "feature", "context"];

    public static bool IsNumber(string field) =>
        Split(field).Kind is "feature" or "event" or "funnel" or "random";

    public static (string Kind, string Name) Split(string field) =>
        field.IndexOf('.', StringComparison.Ordinal) is var dot and > 0 ? (field[..dot], field[(dot + 1)..]) : (field, "");

    /// <summary>A condition on a field; null when there is no such field, or none with this operator.</summary>
    public static JsonObject? Compose(string field, string op, JsonNode? value)
    {
        var (kind, name) = Split(field);
        return (kind, op) switch
        {
            ("trait" or "feature" or "context", _) => Compared(new JsonObject { [kind] = name }, op, value),
            ("event", _) when name.Length > 0 => new JsonObject { ["event"] = name, ["count"] = Compared([], op, value) },
            ("funnel", _) => new JsonObject { ["funnel"] = name, ["op"] = op, ["step"] = value },
            ("random", "lt") => new JsonObject { ["random"] = new JsonObject { ["share"] = value, ["seed"] = name } },
            ("consent", "eq") => new JsonObject { ["consent"] = name, ["is"] = value },
            ("segment" or "list", "eq") when name.Length == 0 => new JsonObject { [kind] = value },
            ("segment" or "list", "ne") when name.Length == 0 => new JsonObject { ["none"] = new JsonArray(new JsonObject { [kind] = value }) },
            ("segment" or "list", "in") when name.Length == 0 => Each("any", kind, value),
            ("segment" or "list", "nin") when name.Length == 0 => Each("none", kind, value),
            _ => null,
        };
    }

    public static string Help(string field) => Split(field).Kind switch
    {
        "random" => "A share is asked for with '<'.",
        "consent" => "Consent is asked for with '=' and \"granted\" or \"denied\".",
        "segment" or "list" => "Is asked for with =, !=, in or notIn, and its id is the value.",
        _ => "Must be trait.…, feature.…, context.…, event.…, funnel.…, consent.…, random.…, segment or list.",
    };

    private static JsonObject Compared(JsonObject json, string op, JsonNode? value)
    {
        json["op"] = op;
        if (value is not null || op is not ("exists" or "notExists"))
        {
            json["value"] = value;
        }

        return json;
    }

    private static JsonObject? Each(string group, string kind, JsonNode? values) => values is JsonArray all
        ? new JsonObject { [group] = new JsonArray([.. all.Select(id => new JsonObject { [kind] = id?.DeepClone() })]) }
        : null;
}
