using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using Personalization.Tracking.Domain.Schemas.Compilation;
using Personalization.Tracking.Domain.Schemas.Keywords;

namespace Personalization.Tracking.Domain.Schemas.Compatibility;

/// <summary>What both versions are taken apart into: schemas that hold together, all references followed.</summary>
internal sealed partial class SchemaCompatibility
{
    private const int MaxParts = 64;

    /// <summary>All that can make a value invalid or decide whether something else does. Every other keyword, known or not, only tells.</summary>
    private static readonly string[] Assertions =
    [
        "$ref", "$dynamicRef", "type", "enum", "const", "multipleOf", "minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum",
        "minLength", "maxLength", "pattern", "minItems", "maxItems", "uniqueItems", "minContains", "maxContains", "minProperties",
        "maxProperties", "required", "dependentRequired", "allOf", "anyOf", "oneOf", "not", "if", "then", "else", "dependentSchemas",
        "prefixItems", "items", "contains", "properties", "patternProperties", "additionalProperties", "propertyNames",
        "unevaluatedItems", "unevaluatedProperties",
    ];

    private static readonly JsonElement Unresolved = JsonElement.Parse("""{"$unresolved":true}""");

    /// <summary>The schemas, what they refer to, and their <c>allOf</c>: all hold at once.</summary>
    private static List<Part> Flatten(IReadOnlyList<Part> parts, Version version)
    {
        var flat = new List<Part>();
        var open = new Queue<Part>(parts);
        while (open.TryDequeue(out var part) && flat.Count < MaxParts)
        {
            if (flat.Exists(seen => seen.Pointer == part.Pointer))
            {
                continue;
            }

            flat.Add(part);
            if (Member(part.Schema, "$ref") is { } reference)
            {
                open.Enqueue(Follow(reference.GetString()!, version));
            }

            if (Member(part.Schema, "allOf") is { } all)
            {
                for (var i = 0; i < all.GetArrayLength(); i++)
                {
                    open.Enqueue(new Part(all[i], $"{part.Pointer}/allOf/{i}"));
                }
            }
        }

        // Parts that were left out would be demands that nobody compared.
        return open.Count == 0 ? flat : [.. flat, new Part(Unresolved, flat[0].Pointer)];
    }

    private static Part Follow(string reference, Version version)
    {
        var (document, fragment) = UriReference.Split(reference);
        var target = !version.HasInnerId && document.Length == 0 && (fragment.Length == 0 || fragment[0] == '/')
            ? SchemaLibrary.ElementAt(new SchemaDocument("", version.Root, IsStandard: false), fragment)
            : null;
        return target is { } found ? new Part(found, fragment) : new Part(Unresolved, reference);
    }

    private static bool HasInnerId(JsonElement schema) =>
        Subschemas(schema).Any(sub => Member(sub, "$id") is not null || HasInnerId(sub));

    private static bool RefersToDefinitionsOnly(JsonElement schema)
    {
        var anchors = (Member(schema, "$defs") is { } definitions ? Anchors(definitions) : []).ToHashSet(StringComparer.Ordinal);
        return References(schema).All(reference =>
            reference.StartsWith("#/$defs/", StringComparison.Ordinal) || reference.StartsWith("#/definitions/", StringComparison.Ordinal) ||
            (reference.StartsWith('#') && anchors.Contains(reference[1..])));
    }

    /// <summary>The names that definitions, and the schemas in them, can be referred to by.</summary>
    private static IEnumerable<string> Anchors(JsonElement definitions) => definitions.EnumerateObject().SelectMany(static each => AnchorsIn(each.Value));

    private static IEnumerable<string> AnchorsIn(JsonElement schema) =>
        new[] { Member(schema, "$anchor"), Member(schema, "$dynamicAnchor") }.OfType<JsonElement>().Select(static name => name.GetString()!)
            .Concat(Subschemas(schema).SelectMany(AnchorsIn));

    /// <summary>Whatever looks like a reference, at any depth. In a list of values that may be data, which is compared as carefully then.</summary>
    private static IEnumerable<string> References(JsonElement json) => json.ValueKind switch
    {
        JsonValueKind.Object => json.EnumerateObject().SelectMany(static member =>
            IsReference(member.Name) && member.Value.ValueKind == JsonValueKind.String ? [member.Value.GetString()!] : References(member.Value)),
        JsonValueKind.Array => json.EnumerateArray().SelectMany(References),
        _ => [],
    };

    private static bool IsReference(string keyword) => keyword is "$ref" or "$dynamicRef";

    private static IEnumerable<JsonElement> Subschemas(JsonElement schema) =>
        schema.ValueKind == JsonValueKind.Object ? SchemaKeywords.Subschemas(schema, "").Select(sub => sub.Schema) : [];

    /// <summary>The kinds of values that the parts together let pass.</summary>
    private static JsonKinds KindsOf(List<Part> parts)
    {
        var kinds = JsonKinds.Any;
        foreach (var part in parts)
        {
            if (Member(part.Schema, "type") is { } type)
            {
                kinds = Both(kinds, TypesIn(type));
            }

            if (Values(part.Schema) is { } values)
            {
                kinds = Both(kinds, values.Aggregate(JsonKinds.None, (all, value) => all | Widen(TypeKeyword.Of(value.ValueKind))));
            }
        }

        return kinds;
    }

    private static JsonKinds TypesIn(JsonElement type) =>
        (type.ValueKind == JsonValueKind.Array ? type.EnumerateArray().ToArray() : [type])
            .Aggregate(JsonKinds.None, (all, name) => all | Widen(TypeKeyword.Parse(name.GetString()) ?? JsonKinds.None));

    /// <summary>Every integer is a number.</summary>
    private static JsonKinds Widen(JsonKinds kind) => kind == JsonKinds.Number ? JsonKinds.Number | JsonKinds.Integer : kind;

    private static JsonKinds Both(JsonKinds one, JsonKinds other) => one & other;

    /// <summary>The values of <c>enum</c> or <c>const</c>; null when any may stand there.</summary>
    private static List<JsonElement>? Values(JsonElement schema)
    {
        if (Member(schema, "const") is { } constant)
        {
            return [constant];
        }

        return Member(schema, "enum") is { } values ? [.. values.EnumerateArray()] : null;
    }

    private static bool IsNothing(JsonElement schema) => schema.ValueKind == JsonValueKind.False;

    private static bool IsTrivial(JsonElement schema) =>
        schema.ValueKind == JsonValueKind.True || (schema.ValueKind == JsonValueKind.Object && !Names(schema).Any(IsAssertion));

    private static bool IsAssertion(string keyword) => Assertions.Contains(keyword, StringComparer.Ordinal);

    /// <summary>Equal, and meaning the same: what refers to definitions does so only when these are the same.</summary>
    private bool IsSame(JsonElement old, JsonElement next) =>
        JsonElement.DeepEquals(old, next) && (_haveSameDefinitions || !References(next).Any());

    /// <summary>The same for what stands under a keyword: of a reference that is a mere text, which does not show what it is.</summary>
    private bool IsSameKeyword(string keyword, JsonElement old, JsonElement next) =>
        IsSame(old, next) && (_haveSameDefinitions || !IsReference(keyword));

    private static bool AreEqual(JsonElement? one, JsonElement? other) =>
        one is null || other is null ? one is null && other is null : JsonElement.DeepEquals(one.Value, other.Value);

    /// <summary>Null when there is none, or the schema is no object.</summary>
    private static JsonElement? Member(JsonElement schema, string name) =>
        schema.ValueKind == JsonValueKind.Object && schema.TryGetProperty(name, out var value) ? value : null;

    private static IEnumerable<string> Names(JsonElement schema) =>
        schema.ValueKind == JsonValueKind.Object ? schema.EnumerateObject().Select(member => member.Name) : [];

    /// <summary>
    /// What a schema demands without what is compared in its place. The <c>unevaluated</c> keywords go with it: what they demand depends on
    /// all that was there.
    /// </summary>
    private static JsonElement TakeOut(JsonElement schema, params ReadOnlySpan<string> keywords) =>
        Without(schema, ["allOf", "$ref", "unevaluatedItems", "unevaluatedProperties", .. keywords]);

    private static JsonElement Without(JsonElement schema, params ReadOnlySpan<string> keywords)
    {
        if (schema.ValueKind != JsonValueKind.Object)
        {
            return schema;
        }

        var copy = JsonObject.Create(schema)!;
        foreach (var keyword in keywords)
        {
            copy.Remove(keyword);
        }

        return JsonElement.Parse(Encoding.UTF8.GetBytes(copy.ToJsonString()));
    }

    private static ExactNumber? Number(JsonElement schema, string keyword) =>
        Member(schema, keyword) is { } value ? ExactNumber.Parse(InstanceText.NumberOf(value)) : null;
}
