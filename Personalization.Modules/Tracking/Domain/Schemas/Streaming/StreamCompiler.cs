using Personalization.Tracking.Domain.Schemas.Keywords;

namespace Personalization.Tracking.Domain.Schemas.Streaming;

/// <summary>Makes stream nodes of a compiled schema, if all that it says can be asked in one pass.</summary>
internal sealed class StreamCompiler
{
    private const int MaxRequired = 64;
    private readonly Dictionary<SchemaNode, StreamNode> _nodes = [];

    /// <summary>Null when the schema needs a tree.</summary>
    public static StreamNode? Compile(SchemaNode root) => new StreamCompiler().Find(root);

    private StreamNode? Find(SchemaNode schema)
    {
        // A reference that stands alone is what it refers to; chains are bounded and do not end in themselves.
        while (schema.Keywords is [RefKeyword { Target: var target }])
        {
            schema = target;
        }

        if (_nodes.TryGetValue(schema, out var known))
        {
            return known;
        }

        var node = new StreamNode();
        _nodes.Add(schema, node);
        foreach (var keyword in schema.Keywords)
        {
            if (!Add(node, keyword))
            {
                return null;
            }
        }

        node.Seal();
        return node;
    }

    /// <returns>False for a keyword that cannot be asked in one pass; then the whole schema cannot.</returns>
    private bool Add(StreamNode node, Keyword keyword)
    {
        switch (keyword)
        {
            case TypeKeyword type:
                node.Kinds = type.Kinds;
                return true;
            case FalseKeyword:
                node.IsNever = true;
                return true;
            case EnumKeyword values when ScalarSet.Of(values.Values) is { } set:
                node.Enums = [.. node.Enums, set];
                return true;
            case BoundKeyword bound:
                node.Bounds = [.. node.Bounds, bound];
                return true;
            case MultipleOfKeyword multiple:
                node.MultipleOf = multiple;
                return true;
            case LengthKeyword length:
                node.Lengths = [.. node.Lengths, length];
                return true;
            case PatternKeyword pattern:
                node.Pattern = pattern;
                return true;
            case CountKeyword count:
                node.Counts = [.. node.Counts, count];
                return true;
            case RequiredKeyword required:
                return AddRequired(node, required);
            case PropertiesKeyword { Patterns.Count: 0 } properties:
                return AddProperties(node, properties);
            case ItemsKeyword items:
                return AddItems(node, items);
            default:
                return false;
        }
    }

    private static bool AddRequired(StreamNode node, RequiredKeyword required)
    {
        if (required.Names.Count > MaxRequired)
        {
            return false;
        }

        // The names come first, see SchemaCompiler; what is known of them is added when properties follow.
        var bit = 1UL;
        var properties = new List<KeyValuePair<string, StreamProperty>>();
        foreach (var name in required.Names)
        {
            properties.Add(KeyValuePair.Create(name.Text, new StreamProperty(null, bit, IsDescribed: false)));
            node.Required |= bit;
            bit <<= 1;
        }

        node.Properties = new Utf8Table<StreamProperty>(properties);
        return true;
    }

    private bool AddProperties(StreamNode node, PropertiesKeyword keyword)
    {
        var properties = new Dictionary<string, StreamProperty>(node.Properties?.Entries ?? [], StringComparer.Ordinal);
        foreach (var (name, schema) in keyword.Named.Entries)
        {
            if (Find(schema) is not { } described)
            {
                return false;
            }

            properties[name] = new StreamProperty(AsksNothing(schema) ? null : described, properties.GetValueOrDefault(name).RequiredBit, IsDescribed: true);
        }

        node.Properties = new Utf8Table<StreamProperty>(properties);
        node.IsClosed = keyword.Additional?.Keywords is [FalseKeyword];
        if (keyword.Additional is null || AsksNothing(keyword.Additional) || node.IsClosed)
        {
            return true;
        }

        node.Additional = Find(keyword.Additional);
        return node.Additional is not null;
    }

    private bool AddItems(StreamNode node, ItemsKeyword keyword)
    {
        var prefix = keyword.Prefix.Select(Find).ToArray();
        node.Prefix = prefix.OfType<StreamNode>().ToArray();
        node.Items = keyword.Rest is null ? null : Find(keyword.Rest);
        return node.Prefix.Length == prefix.Length && (keyword.Rest is null || node.Items is not null);
    }

    private static bool AsksNothing(SchemaNode schema) => schema.Keywords.Count == 0;
}
