using System.IO.Enumeration;
using Personalization.Kernel.Json;

namespace Personalization.Features.Domain.ChangeCapture;

/// <summary>What the rows of a table are.</summary>
internal enum CaptureTarget
{
    Catalog,
    Stock,
    Traits,
}

/// <summary>Which table, and what becomes of its columns.</summary>
internal sealed class TableMapping
{
    private const string AttributePrefix = "attributes.";

    /// <summary>In the order of <see cref="PatchedFields"/>.</summary>
    private static readonly string[] ItemFields = ["price", "stock", "name", "category", "brand", "url", "imageUrl", "attributes"];
    private readonly string[] _pattern;

    public TableMapping(CapturedTableOptions options)
    {
        _pattern = options.Table.Split('.');
        Target = TargetOf(options.To)!.Value;
        Key = options.Key;
        Fields = [.. options.Fields.Where(field => Target == CaptureTarget.Traits || !IsAttribute(field.Key)).Select(field => Field(Target, field))];
        Attributes = Target == CaptureTarget.Traits
            ? []
            : [.. options.Fields.Where(field => IsAttribute(field.Key)).Select(field => new MappedField(field.Key[AttributePrefix.Length..], field.Value))];
    }

    public CaptureTarget Target { get; }

    public string Key { get; }

    /// <summary>Fields of the item as its JSON names them, or traits.</summary>
    public MappedField[] Fields { get; }

    /// <summary>Single attributes, without their prefix.</summary>
    public MappedField[] Attributes { get; }

    /// <summary>Whether this is the table, by any end of its full name; a topic's name leaves the database out.</summary>
    public bool Fits(TableName name) => FitsEnd(name.Parts) || (name.TopicParts is { } topic && FitsEnd(topic));

    public static CaptureTarget? TargetOf(string to) =>
        EnumName.TryFind<CaptureTarget>(to, out var target) ? target : null;

    public static bool IsAttribute(string field) => field.StartsWith(AttributePrefix, StringComparison.OrdinalIgnoreCase) && field.Length > AttributePrefix.Length;

    public static bool IsField(CaptureTarget target, string field) => target switch
    {
        CaptureTarget.Traits => field.Length > 0,
        CaptureTarget.Stock => field.ToUpperInvariant() is "STOCK" or "PRICE",
        _ => IsAttribute(field) || ItemFields.Contains(field, StringComparer.OrdinalIgnoreCase),
    };

    /// <summary>The bit of an item's field.</summary>
    public static PatchedFields BitOf(string field) => (PatchedFields)(1 << Array.IndexOf(ItemFields, field));

    private static MappedField Field(CaptureTarget target, KeyValuePair<string, string> field) => new(
        target == CaptureTarget.Traits ? field.Key : ItemFields.First(name => name.Equals(field.Key, StringComparison.OrdinalIgnoreCase)), field.Value);

    private bool FitsEnd(ReadOnlySpan<string> parts)
    {
        if (_pattern.Length > parts.Length)
        {
            return false;
        }

        var end = parts[^_pattern.Length..];
        for (var i = 0; i < end.Length; i++)
        {
            if (!FileSystemName.MatchesSimpleExpression(_pattern[i], end[i], ignoreCase: true))
            {
                return false;
            }
        }

        return true;
    }
}

/// <summary>A field and the column that fills it.</summary>
internal readonly record struct MappedField(string Name, string Column);

/// <summary>The name of a table as its changes tell it.</summary>
/// <param name="Parts">Server, database, schema and table, as far as there are such.</param>
/// <param name="TopicParts">Server, schema and table, where the database stands between them and Debezium's topics leave it out.</param>
internal readonly record struct TableName(string[] Parts, string[]? TopicParts)
{
    public string Full => string.Join('.', Parts);

    /// <summary>Null when nothing tells the table.</summary>
    /// <param name="source">As the change tells it.</param>
    /// <param name="fallback">What the request's address says of changes that do not tell it; empty for nothing.</param>
    public static TableName? Read(SourceFields source, string fallback)
    {
        var table = source.Text("table") ?? source.Text("collection");
        if (string.IsNullOrEmpty(table))
        {
            return fallback.Length == 0 ? null : new TableName(fallback.Split('.'), null);
        }

        var (server, database, schema) = (source.Text("name"), source.Text("db"), source.Text("schema"));
        return new TableName(
            [.. ((string?[])[server, database, schema, table]).OfType<string>()],
            server is null || database is null || schema is null ? null : [server, schema, table]);
    }
}
