using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace Personalization.Tracking.Domain.DeadLetters;

/// <summary>
/// A stated change of JSON documents: an array is a list of operations (RFC 6902), an object a merge patch (RFC 7386). All of it applies
/// or none.
/// </summary>
internal sealed class JsonPatch
{
    private static readonly JsonSerializerOptions AsItCame = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };
    private readonly JsonNode _patch;

    private JsonPatch(JsonNode patch) => _patch = patch;

    /// <exception cref="JsonPatchException">It is neither form, or an operation lacks something.</exception>
    public static JsonPatch Of(JsonElement patch)
    {
        JsonNode node = patch.ValueKind switch
        {
            JsonValueKind.Object => JsonObject.Create(patch)!,
            JsonValueKind.Array => JsonArray.Create(patch)!,
            _ => throw new JsonPatchException("A patch is an object (RFC 7386) or an array of operations (RFC 6902)."),
        };
        foreach (var operation in node as JsonArray ?? [])
        {
            Check(operation);
        }

        return new JsonPatch(node);
    }

    /// <summary>The changed document, UTF-8.</summary>
    /// <exception cref="JsonPatchException">The body is no JSON, or an operation does not fit it.</exception>
    public byte[] Apply(ReadOnlySpan<byte> body)
    {
        try
        {
            var document = JsonNode.Parse(body);
            document = _patch is JsonArray operations ? Run(document, operations) : Merge(document, _patch);
            return JsonSerializer.SerializeToUtf8Bytes(document, AsItCame);
        }
        catch (JsonException error)
        {
            throw new JsonPatchException($"The body is not JSON: {error.Message}");
        }
        catch (Exception error) when (error is ArgumentException or InvalidOperationException)
        {
            // What the reader of trees throws at a repeated key, and at half a surrogate pair.
            throw new JsonPatchException($"The body cannot be patched: {error.Message}");
        }
    }

    private static JsonNode? Run(JsonNode? document, JsonArray operations)
    {
        foreach (var operation in operations)
        {
            document = Run(document, operation!.AsObject());
        }

        return document;
    }

    private static JsonNode? Run(JsonNode? document, JsonObject operation)
    {
        var path = JsonPointer.Parse(Text(operation, "path"));
        switch (Text(operation, "op"))
        {
            case "add":
                return Add(document, path, Value(operation));
            case "remove":
                return Remove(document, path, out _);
            case "replace":
                JsonPointer.Find(document, path);
                return Add(path.Length == 0 ? null : Remove(document, path, out _), path, Value(operation));
            case "move":
                var from = JsonPointer.Parse(Text(operation, "from"));
                return Add(Remove(document, from, out var moved), path, moved);
            case "copy":
                return Add(document, path, JsonPointer.Find(document, JsonPointer.Parse(Text(operation, "from")))?.DeepClone());
            default:
                return JsonNode.DeepEquals(JsonPointer.Find(document, path), Value(operation))
                    ? document
                    : throw new JsonPatchException($"The test of '{Text(operation, "path")}' found another value.");
        }
    }

    private static JsonNode? Add(JsonNode? document, string[] path, JsonNode? value)
    {
        if (path.Length == 0)
        {
            return value;
        }

        switch (JsonPointer.Find(document, path.AsSpan(0, path.Length - 1)))
        {
            case JsonObject fields:
                fields[path[^1]] = value;
                break;
            case JsonArray items:
                items.Insert(path[^1] == "-" ? items.Count : JsonPointer.Index(path[^1], items.Count), value);
                break;
            default:
                throw new JsonPatchException($"Nothing can be added at '{path[^1]}': its parent is no object and no array.");
        }

        return document;
    }

    private static JsonNode? Remove(JsonNode? document, string[] path, out JsonNode? removed)
    {
        removed = JsonPointer.Find(document, path);
        if (path.Length == 0)
        {
            return null;
        }

        var parent = JsonPointer.Find(document, path.AsSpan(0, path.Length - 1));
        if (parent is JsonObject fields)
        {
            fields.Remove(path[^1]);
        }
        else
        {
            parent!.AsArray().RemoveAt(JsonPointer.Index(path[^1], parent.AsArray().Count - 1));
        }

        return document;
    }

    private static JsonNode? Merge(JsonNode? target, JsonNode? patch)
    {
        if (patch is not JsonObject changes)
        {
            return patch?.DeepClone();
        }

        var merged = target as JsonObject ?? [];
        foreach (var (name, change) in changes)
        {
            if (change is null)
            {
                merged.Remove(name);
            }
            else
            {
                merged.TryGetPropertyValue(name, out var before);
                var after = Merge(before, change);
                if (!ReferenceEquals(before, after))
                {
                    merged[name] = after;
                }
            }
        }

        return merged;
    }

    private static void Check(JsonNode? node)
    {
        if (node is not JsonObject operation)
        {
            throw new JsonPatchException("An operation of a patch is an object with 'op' and 'path'.");
        }

        JsonPointer.Parse(Text(operation, "path"));
        switch (Text(operation, "op"))
        {
            case "add" or "replace" or "test" when !operation.ContainsKey("value"):
                throw new JsonPatchException($"An operation '{Text(operation, "op")}' needs a 'value'.");
            case "move" or "copy":
                JsonPointer.Parse(Text(operation, "from"));
                break;
            case "add" or "replace" or "test" or "remove":
                break;
            default:
                throw new JsonPatchException($"There is no operation '{Text(operation, "op")}'.");
        }
    }

    private static JsonNode? Value(JsonObject operation) => operation["value"]?.DeepClone();

    private static string Text(JsonObject operation, string name) =>
        operation[name] is JsonValue value && value.TryGetValue<string>(out var text)
            ? text
            : throw new JsonPatchException($"An operation of a patch needs a text '{name}'.");
}
