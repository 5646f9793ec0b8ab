using System.Text.Json;

namespace Personalization.Tracking.Domain.Schemas;

/// <summary>One JSON document that schemas are read from.</summary>
/// <param name="Address">Where it was found; pointers into any document but the schema itself begin with it.</param>
/// <param name="Root">Its content.</param>
/// <param name="IsStandard">Whether it is one of the standard's own, which limits don't apply to.</param>
internal sealed record SchemaDocument(string Address, JsonElement Root, bool IsStandard)
{
    /// <summary>The resources of all places that were found to be schemas, by their pointer.</summary>
    public Dictionary<string, SchemaResource> Places { get; } = new(StringComparer.Ordinal);
}

/// <summary>A schema resource: a document's root, or a subschema with an <c>$id</c> of its own. References are resolved against its address.</summary>
internal sealed class SchemaResource(string address, SchemaDocument document, string pointer, Dialect dialect)
{
    public string Address { get; } = address;

    public SchemaDocument Document { get; } = document;

    /// <summary>Of its root in the document.</summary>
    public string Pointer { get; } = pointer;

    public Dialect Dialect { get; } = dialect;

    /// <summary>Pointers of <c>$anchor</c> and <c>$dynamicAnchor</c> by their names.</summary>
    public Dictionary<string, string> Anchors { get; } = new(StringComparer.Ordinal);

    public Dictionary<string, string> DynamicAnchors { get; } = new(StringComparer.Ordinal);

    /// <summary>The compiled schemas of <see cref="DynamicAnchors"/> that some <c>$dynamicRef</c> may ask for.</summary>
    public Dictionary<string, SchemaNode> DynamicTargets { get; } = new(StringComparer.Ordinal);
}
