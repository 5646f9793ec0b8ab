using System.Text.Json;

namespace Personalization.Tracking.Domain.Schemas.Compilation;

/// <summary>
/// The documents that one schema is made of, and what can be referred to in them: resources by address, anchors, places by pointer. Other
/// documents are fetched when they are first referred to.
/// </summary>
internal sealed class SchemaLibrary(SchemaLimits limits, Func<string, ReadOnlyMemory<byte>?> fetch, SchemaErrors errors)
{
    /// <summary>What a schema without an <c>$id</c> is called, so that relative references have something to be relative to.</summary>
    private const string Nameless = "json-schema:///";

    private readonly Dictionary<string, SchemaResource> _resources = new(StringComparer.Ordinal);
    private readonly List<SchemaResource> _all = [];
    private int _subschemas;

    public IReadOnlyList<SchemaResource> Resources => _all;

    /// <summary>Whether the schema has more subschemas than it may; then it was not read to its end.</summary>
    public bool IsTooLarge => _subschemas > limits.Subschemas;

    /// <returns>The resource of the schema itself; null when it cannot be read.</returns>
    public SchemaResource? AddMain(ReadOnlyMemory<byte> utf8) => Add(utf8, Nameless, address: "", isStandard: false);

    /// <summary>The place that a reference means.</summary>
    /// <param name="from">Where the reference stands.</param>
    /// <param name="reference">Its text.</param>
    /// <param name="at">Pointer to it, for errors.</param>
    /// <returns>Null when it leads nowhere, which is an error.</returns>
    public SchemaPlace? Find(SchemaResource from, string reference, string at)
    {
        var (address, fragment) = UriReference.Split(UriReference.Resolve(from.Address, reference));
        if (!_resources.TryGetValue(address, out var resource))
        {
            resource = Fetch(address, at);
        }

        if (resource is null)
        {
            return null;
        }

        if (fragment.Length == 0 || fragment[0] == '/')
        {
            return FindPointer(resource, fragment, at);
        }

        if (resource.DynamicAnchors.TryGetValue(fragment, out var pointer))
        {
            return new SchemaPlace(resource, pointer, IsDynamicAnchor: true);
        }

        if (resource.Anchors.TryGetValue(fragment, out pointer))
        {
            return new SchemaPlace(resource, pointer, IsDynamicAnchor: false);
        }

        errors.Add(at, $"Leads nowhere: there is no anchor '{fragment}' in {Show(address)}.");
        return null;
    }

    /// <summary>The element at a pointer; null when there is none.</summary>
    public static JsonElement? ElementAt(SchemaDocument document, string pointer)
    {
        var element = document.Root;
        foreach (var token in JsonPointer.Tokens(pointer))
        {
            var isThere = element.ValueKind switch
            {
                JsonValueKind.Object => element.TryGetProperty(token, out element),
                JsonValueKind.Array => TryIndex(element, token, out element),
                _ => false,
            };
            if (!isThere)
            {
                return null;
            }
        }

        return element;
    }

    private SchemaPlace? FindPointer(SchemaResource resource, string fragment, string at)
    {
        var document = resource.Document;
        var pointer = resource.Pointer + fragment;
        if (!document.Places.TryGetValue(pointer, out var owner))
        {
            if (ElementAt(document, pointer) is not { } element)
            {
                errors.Add(at, $"Leads nowhere: there is nothing at '{fragment}' in {Show(resource.Address)}.");
                return null;
            }

            // A place that is no schema by itself becomes one by being referred to.
            for (var above = JsonPointer.Parent(pointer); owner is null && above is not null; above = JsonPointer.Parent(above))
            {
                document.Places.TryGetValue(above, out owner);
            }

            Index(element, pointer, owner!);
            owner = document.Places[pointer];
        }

        return new SchemaPlace(owner, pointer, IsDynamicAnchor: false);
    }

    private SchemaResource? Fetch(string address, string at)
    {
        var standard = StandardSchemas.Find(address);
        if ((standard ?? fetch(address)) is { } document)
        {
            return Add(document, address, address, standard is not null);
        }

        errors.Add(at, $"Leads nowhere: {Show(address)} is not known here, and nothing is fetched from the network.");
        return null;
    }

    private SchemaResource? Add(ReadOnlyMemory<byte> utf8, string baseUri, string address, bool isStandard)
    {
        if (SchemaText.Read(utf8, limits, errors, address) is not { } root)
        {
            return null;
        }

        var document = new SchemaDocument(address, root, isStandard);
        if (DialectOf(root, document, "") is not { } dialect)
        {
            return null;
        }

        var resource = new SchemaResource(baseUri, document, "", dialect);
        Register(resource, "");
        Index(root, "", resource);


        // With an $id of its own it is still found under the address that it was fetched from.
        var main = document.Places.GetValueOrDefault("");
        _resources[baseUri] = main ?? resource;
        return main;
    }

    /// <summary>Finds the resources, anchors and places of a schema and all below it.</summary>
    private void Index(JsonElement schema, string pointer, SchemaResource resource)
    {
        _subschemas += resource.Document.IsStandard ? 0 : 1;
        if (_subschemas > limits.Subschemas)
        {
            return;
        }

        if (schema.ValueKind == JsonValueKind.Object)
        {
            resource = ResourceOf(schema, pointer, resource);
            AddAnchor(schema, "$anchor", resource, resource.Anchors, pointer);
            AddAnchor(schema, "$dynamicAnchor", resource, resource.DynamicAnchors, pointer);
        }

        resource.Document.Places[pointer] = resource;
        if (schema.ValueKind != JsonValueKind.Object)
        {
            return;
        }

        foreach (var (at, subschema) in SchemaKeywords.Subschemas(schema, pointer))
        {
            Index(subschema, at, resource);
        }
    }

    private SchemaResource ResourceOf(JsonElement schema, string pointer, SchemaResource parent)
    {
        if (!schema.TryGetProperty("$id", out var id))
        {
            return parent;
        }

        if (id.ValueKind != JsonValueKind.String)
        {
            errors.Add(At(parent, pointer + "/$id"), "'$id' must be text.");
            return parent;
        }

        var (address, fragment) = UriReference.Split(UriReference.Resolve(parent.Address, id.GetString()!));
        if (fragment.Length > 0)
        {
            errors.Add(At(parent, pointer + "/$id"), "'$id' must not have a fragment; '$anchor' is for that.");
            return parent;
        }

        var dialect = pointer.Length > 0 && schema.TryGetProperty("$schema", out _) ? DialectOf(schema, parent.Document, pointer) : parent.Dialect;
        var resource = new SchemaResource(address, parent.Document, pointer, dialect ?? parent.Dialect);
        Register(resource, pointer);
        return resource;
    }

    private void Register(SchemaResource resource, string pointer)
    {
        if (_resources.TryGetValue(resource.Address, out var other) && (other.Document != resource.Document || other.Pointer != resource.Pointer))
        {
            errors.Add(At(resource, pointer + "/$id"), $"Another schema has the address {Show(resource.Address)} already.");
            return;
        }

        _resources[resource.Address] = resource;
        _all.Add(resource);
    }

    private void AddAnchor(JsonElement schema, string keyword, SchemaResource resource, Dictionary<string, string> anchors, string pointer)
    {
        if (!schema.TryGetProperty(keyword, out var anchor))
        {
            return;
        }

        if (anchor.ValueKind != JsonValueKind.String || !SchemaText.IsAnchor(anchor.GetString()!))
        {
            errors.Add(At(resource, $"{pointer}/{keyword}"), $"'{keyword}' must be a name of letters, digits, '-', '_' and '.', that begins with a letter or '_'.");
        }
        else if (!anchors.TryAdd(anchor.GetString()!, pointer) && anchors[anchor.GetString()!] != pointer)
        {
            errors.Add(At(resource, $"{pointer}/{keyword}"), $"The anchor '{anchor.GetString()}' is there twice.");
        }
    }

    /// <summary>What the meta-schema of <c>$schema</c> makes known; all of draft 2020-12 when there is none. Null is an error.</summary>
    private Dialect? DialectOf(JsonElement schema, SchemaDocument document, string pointer)
    {
        if (schema.ValueKind != JsonValueKind.Object || !schema.TryGetProperty("$schema", out var named))
        {
            return Dialect.All;
        }

        var at = document.Address + pointer + "/$schema";
        var uri = named.ValueKind == JsonValueKind.String ? UriReference.Split(named.GetString()!).Document : null;
        if (uri == StandardSchemas.Uri)
        {
            return Dialect.All;
        }

        if (uri is null || fetch(uri) is not { } meta || SchemaText.Read(meta, limits, errors, uri) is not { } metaSchema)
        {
            errors.Add(at, $"The schema must be of draft 2020-12: \"$schema\": \"{StandardSchemas.Uri}\".");
            return null;
        }

        return VocabulariesOf(metaSchema, at);
    }

    private Dialect? VocabulariesOf(JsonElement metaSchema, string at)
    {
        if (metaSchema.ValueKind != JsonValueKind.Object || !metaSchema.TryGetProperty("$vocabulary", out var listed) || listed.ValueKind != JsonValueKind.Object)
        {
            return Dialect.All;
        }

        var dialect = Dialect.Core;
        foreach (var vocabulary in listed.EnumerateObject())
        {
            if (Vocabularies.Find(vocabulary.Name) is { } known)
            {
                dialect |= known;
            }
            else if (vocabulary.Value.ValueKind == JsonValueKind.True)
            {
                errors.Add(at, $"The meta-schema needs the vocabulary {vocabulary.Name}, which is not known here.");
                return null;
            }
        }

        return dialect;
    }

    /// <summary>Where something stands, as errors and faults tell it.</summary>
    public static string At(SchemaResource resource, string pointer) =>
        resource.Document.Address.Length == 0 ? pointer : $"{resource.Document.Address}#{pointer}";

    private static string Show(string address) => address == Nameless ? "this schema" : address.StartsWith(Nameless, StringComparison.Ordinal) ? address[Nameless.Length..] : address;

    private static bool TryIndex(JsonElement array, string token, out JsonElement item)
    {
        item = default;
        if (!int.TryParse(token, System.Globalization.NumberStyles.None, System.Globalization.CultureInfo.InvariantCulture, out var index) ||
            index >= array.GetArrayLength())
        {
            return false;
        }

        item = array[index];
        return true;
    }
}

/// <summary>One place that a reference may lead to.</summary>
/// <param name="Resource">The resource that it belongs to.</param>
/// <param name="Pointer">JSON pointer in the resource's document.</param>
/// <param name="IsDynamicAnchor">Whether it was named by a <c>$dynamicAnchor</c>.</param>
internal readonly record struct SchemaPlace(SchemaResource Resource, string Pointer, bool IsDynamicAnchor);
