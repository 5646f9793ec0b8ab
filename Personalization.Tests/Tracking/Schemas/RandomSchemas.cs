using System.Text.Json.Nodes;

namespace Personalization.Tests.Tracking.Schemas;

/// <summary>Schemas and instances of few names and small numbers, so that they often meet.</summary>
internal sealed class RandomSchemas(int seed)
{
    private static readonly string[] Names = ["a", "b", "c"];
    private static readonly string[] Types = ["null", "boolean", "object", "array", "number", "string", "integer"];
    private static readonly string[] Scalars = ["null", "true", "false", "0", "1", "2.0", "2.5", "-1", "1e1", "\"\"", "\"a\"", "\"ab\"", "\"\\u0061\"", "\"\\ud83d\\ude00\""];
    private readonly Random _random = new(seed);

    public string Schema(int depth) => Node(depth)?.ToJsonString() ?? "true";

    public string Instance(int depth)
    {
        var kind = depth == 0 ? 0 : _random.Next(4);
        return kind switch
        {
            1 => $"{{{string.Join(',', Enumerable.Range(0, _random.Next(4)).Select(_ => $"{(_random.Next(8) == 0 ? "\"\\u0061\"" : $"\"{Pick(Names)}\"")}: {Instance(depth - 1)}"))}}}",
            2 => $"[{string.Join(" , ", Enumerable.Range(0, _random.Next(4)).Select(_ => Instance(depth - 1)))}]",
            _ => Pick(Scalars),
        };
    }

    /// <summary>The schema with one keyword taken away, added or put in place of another.</summary>
    public string Mutate(string schema)
    {
        if (JsonNode.Parse(schema) is not JsonObject node)
        {
            return Schema(2);
        }

        if (node.Count > 0 && _random.Next(2) == 0)
        {
            node.Remove(node.ElementAt(_random.Next(node.Count)).Key);
        }

        if (_random.Next(2) == 0)
        {
            Add(node, 2);
        }

        return node.ToJsonString();
    }

    private JsonNode? Node(int depth)
    {
        if (_random.Next(12) == 0)
        {
            return JsonValue.Create(_random.Next(3) > 0);
        }

        var node = new JsonObject();
        for (var i = _random.Next(4); i >= 0; i--)
        {
            Add(node, depth);
        }

        return node;
    }

    private void Add(JsonObject node, int depth)
    {
        switch (_random.Next(depth == 0 ? 9 : 19))
        {
            case 0:
                node["type"] = Pick(Types);
                break;
            case 1:
                node["type"] = new JsonArray([.. Types.OrderBy(_ => _random.Next()).Take(3).Select(type => JsonValue.Create(type))]);
                break;
            case 2:
                node["enum"] = new JsonArray([.. Enumerable.Range(0, 1 + _random.Next(5)).Select(_ => JsonNode.Parse(Pick(Scalars)))]);
                break;
            case 3:
                node["const"] = JsonNode.Parse(Pick(Scalars));
                break;
            case 4:
                node[Pick("minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum")] = _random.Next(-1, 4);
                break;
            case 5:
                node["multipleOf"] = Pick(0.5, 1, 2);
                break;
            case 6:
                node[Pick("minLength", "maxLength", "minItems", "maxItems", "minProperties", "maxProperties")] = _random.Next(3);
                break;
            case 7:
                node["pattern"] = Pick("^a", "b$", "^$");
                break;
            case 8:
                node["required"] = new JsonArray([.. Names.OrderBy(_ => _random.Next()).Take(_random.Next(3)).Select(name => JsonValue.Create(name))]);
                break;
            case 9 or 10 or 11:
                node["properties"] = new JsonObject(Names.OrderBy(_ => _random.Next()).Take(1 + _random.Next(3)).Select(name => KeyValuePair.Create(name, Node(depth - 1))));
                break;
            case 12:
                node["additionalProperties"] = Node(depth - 1);
                break;
            case 13:
                node["items"] = Node(depth - 1);
                break;
            case 14:
                node["prefixItems"] = new JsonArray([.. Enumerable.Range(0, 1 + _random.Next(2)).Select(_ => Node(depth - 1))]);
                break;
            case 15:
                node[Pick("anyOf", "allOf", "oneOf")] = new JsonArray([.. Enumerable.Range(0, 1 + _random.Next(2)).Select(_ => Node(depth - 1))]);
                break;
            case 16:
                node["patternProperties"] = new JsonObject([KeyValuePair.Create(Pick("^a", "b"), Node(depth - 1))]);
                break;
            case 17:
                node["uniqueItems"] = true;
                break;
            default:
                node[Pick("not", "contains", "propertyNames", "if")] = Node(depth - 1);
                break;
        }
    }

    private T Pick<T>(params T[] choices) => choices[_random.Next(choices.Length)];
}
