using System.Text.Json;
using Personalization.Tracking.Domain.Schemas.Keywords;

namespace Personalization.Tracking.Domain.Schemas.Compilation;

/// <summary>Makes nodes of the schema and of all that it refers to. Each place becomes one node, so that schemas may be recursive.</summary>
internal sealed class SchemaCompiler(SchemaLibrary library, SchemaErrors errors, SchemaLimits limits)
{
    private readonly Dictionary<(SchemaDocument, string), SchemaNode> _nodes = [];
    private readonly Queue<(SchemaNode Node, SchemaResource Resource, string Pointer)> _open = [];
    private readonly HashSet<string> _dynamicNames = new(StringComparer.Ordinal);

    /// <summary>Every node that was made.</summary>
    public IReadOnlyCollection<SchemaNode> Nodes => _nodes.Values;

    public SchemaNode Compile(SchemaResource main)
    {
        var root = NodeAt(main, "");
        do
        {
            while (_open.TryDequeue(out var next))
            {
                Fill(next.Node, next.Resource, next.Pointer);
            }

            AddDynamicTargets();
        }
        while (_open.Count > 0);

        return root;
    }

    /// <summary>The node of a place, which is filled later: a chain of references must not become a chain of calls.</summary>
    private SchemaNode NodeAt(SchemaResource resource, string pointer)
    {
        if (!_nodes.TryGetValue((resource.Document, pointer), out var node))
        {
            node = new SchemaNode(resource, SchemaLibrary.At(resource, pointer));
            _nodes.Add((resource.Document, pointer), node);
            _open.Enqueue((node, resource, pointer));
        }

        return node;
    }

    private SchemaPlace? Find(SchemaResource from, string reference, string at) => library.Find(from, reference, at);

    /// <summary>What dynamic references may find depends on the way to them, so that all anchors of their names are made ready.</summary>
    private void AddDynamicTargets()
    {
        foreach (var resource in library.Resources.ToArray())
        {
            foreach (var (name, pointer) in resource.DynamicAnchors)
            {
                if (_dynamicNames.Contains(name) && !resource.DynamicTargets.ContainsKey(name))
                {
                    resource.DynamicTargets.Add(name, NodeAt(resource, pointer));
                }
            }
        }
    }

    private void Fill(SchemaNode node, SchemaResource resource, string pointer)
    {
        var schema = SchemaLibrary.ElementAt(resource.Document, pointer)!.Value;
        switch (schema.ValueKind)
        {
            case JsonValueKind.True:
                break;
            case JsonValueKind.False:
                node.Keywords = [new FalseKeyword(pointer.Length == 0 ? "false" : JsonPointer.LastToken(pointer), node.Pointer)];
                break;
            case JsonValueKind.Object:
                var keywords = new Place(this, resource, pointer, new KeywordReader(schema, node.Pointer, errors, limits)).Keywords().ToList();
                node.Keywords = keywords;
                node.AsksWhatIsEvaluated = keywords.Exists(keyword => keyword is UnevaluatedPropertiesKeyword or UnevaluatedItemsKeyword);
                break;
            default:
                errors.Add(node.Pointer, "A schema must be an object, true or false.");
                break;
        }
    }

    /// <summary>One schema object.</summary>
    private sealed class Place(SchemaCompiler compiler, SchemaResource resource, string pointer, KeywordReader reader)
    {
        private bool Has(Dialect vocabulary) => resource.Dialect.HasFlag(vocabulary);

        /// <summary>The quick ones first; those that ask what the others evaluated last.</summary>
        public IEnumerable<Keyword> Keywords() =>
            (Has(Dialect.Validation) ? Assertions() : [])
            .Concat(References())
            .Concat(Has(Dialect.Applicator) ? Children().Concat(Logic()) : [])
            .Concat(Has(Dialect.Unevaluated) ? Unevaluated() : []);

        private IEnumerable<Keyword> Assertions()
        {
            if (reader.Kinds() is { } kinds)
            {
                yield return new TypeKeyword(reader.At("type"), kinds);
            }

            foreach (var keyword in Values().Concat(Numbers()).Concat(Texts()).Concat(Counts()))
            {
                yield return keyword;
            }

            if (reader.Flag("uniqueItems"))
            {
                yield return new UniqueItemsKeyword(reader.At("uniqueItems"));
            }

            if (reader.TryGet("required", out var required))
            {
                yield return new RequiredKeyword(reader.At("required"), reader.Names(reader.At("required"), required));
            }

            var dependent = reader.Members("dependentRequired", "lists of names")
                .Select(rule => (new PropertyName(rule.Name), reader.Names(reader.At("dependentRequired", rule.Name), rule.Value))).ToArray();
            if (dependent.Length > 0)
            {
                yield return new DependentRequiredKeyword(reader.At("dependentRequired"), dependent);
            }
        }

        private IEnumerable<Keyword> Values()
        {
            if (reader.TryGet("const", out var constant))
            {
                yield return new EnumKeyword("const", reader.At("const"), [constant]);
            }

            if (!reader.TryGet("enum", out var values))
            {
                yield break;
            }

            if (values.ValueKind != JsonValueKind.Array)
            {
                reader.Refuse("enum", "a list of values");
                yield break;
            }

            yield return new EnumKeyword("enum", reader.At("enum"), [.. values.EnumerateArray()]);
        }

        private IEnumerable<Keyword> Numbers()
        {
            foreach (var kind in Enum.GetValues<BoundKind>())
            {
                var name = char.ToLowerInvariant(kind.ToString()[0]) + kind.ToString()[1..];
                if (reader.Number(name) is { } bound)
                {
                    yield return new BoundKeyword(name, reader.At(name), kind, bound);
                }
            }

            if (reader.Divisor("multipleOf") is { } divisor)
            {
                yield return new MultipleOfKeyword(reader.At("multipleOf"), divisor);
            }
        }

        private IEnumerable<Keyword> Texts()
        {
            if (reader.Count("minLength") is { } least)
            {
                yield return new LengthKeyword("minLength", reader.At("minLength"), isMinimum: true, least);
            }

            if (reader.Count("maxLength") is { } most)
            {
                yield return new LengthKeyword("maxLength", reader.At("maxLength"), isMinimum: false, most);
            }

            if (reader.Text("pattern") is { } source && reader.Pattern(reader.At("pattern"), source) is { } pattern)
            {
                yield return new PatternKeyword(reader.At("pattern"), pattern);
            }
        }

        private IEnumerable<Keyword> Counts()
        {
            foreach (var (name, kind, isMinimum) in CountKeywords)
            {
                if (reader.Count(name) is { } bound)
                {
                    yield return new CountKeyword(name, reader.At(name), kind, isMinimum, bound);
                }
            }
        }

        private static readonly (string Name, JsonKinds Kind, bool IsMinimum)[] CountKeywords =
        [
            ("minItems", JsonKinds.Array, true),
            ("maxItems", JsonKinds.Array, false),
            ("minProperties", JsonKinds.Object, true),
            ("maxProperties", JsonKinds.Object, false),
        ];

        private IEnumerable<Keyword> References()
        {
            if (reader.Text("$ref") is { } reference && compiler.Find(resource, reference, reader.At("$ref")) is { } target)
            {
                yield return new RefKeyword("$ref", reader.At("$ref"), compiler.NodeAt(target.Resource, target.Pointer));
            }

            if (reader.Text("$dynamicRef") is not { } dynamic || compiler.Find(resource, dynamic, reader.At("$dynamicRef")) is not { } first)
            {
                yield break;
            }

            var node = compiler.NodeAt(first.Resource, first.Pointer);
            if (!first.IsDynamicAnchor)
            {
                yield return new RefKeyword("$dynamicRef", reader.At("$dynamicRef"), node);
                yield break;
            }

            var anchor = UriReference.Split(dynamic).Fragment;
            compiler._dynamicNames.Add(anchor);
            yield return new DynamicRefKeyword(reader.At("$dynamicRef"), anchor, node);
        }

        private IEnumerable<Keyword> Children()
        {
            var named = Map("properties");
            var patterns = Map("patternProperties")
                .Select(entry => (Pattern: reader.Pattern(reader.At("patternProperties", entry.Key), entry.Key), Schema: entry.Value))
                .Where(entry => entry.Pattern is not null).Select(entry => (entry.Pattern!, entry.Schema)).ToArray();
            var additional = Single("additionalProperties");
            if (named.Count + patterns.Length > 0 || additional is not null)
            {
                var name = named.Count > 0 ? "properties" : patterns.Length > 0 ? "patternProperties" : "additionalProperties";
                yield return new PropertiesKeyword(name, reader.At(name), new Utf8Table<SchemaNode>(named), patterns, additional);
            }

            if (Single("propertyNames") is { } names)
            {
                yield return new PropertyNamesKeyword(reader.At("propertyNames"), names);
            }

            var prefix = List("prefixItems");
            var rest = Single("items");
            if (prefix.Count > 0 || rest is not null)
            {
                var name = prefix.Count > 0 ? "prefixItems" : "items";
                yield return new ItemsKeyword(name, reader.At(name), prefix, rest);
            }

            if (Single("contains") is { } contained)
            {
                var counts = Has(Dialect.Validation);
                yield return new ContainsKeyword(
                    reader.At("contains"),
                    contained,
                    (counts ? reader.Count("minContains") : null) ?? 1,
                    (counts ? reader.Count("maxContains") : null) ?? int.MaxValue);
            }
        }

        private IEnumerable<Keyword> Logic()
        {
            if (List("allOf") is { Count: > 0 } all)
            {
                yield return new AllOfKeyword(reader.At("allOf"), all);
            }

            if (List("anyOf") is { Count: > 0 } any)
            {
                yield return new AnyOfKeyword(reader.At("anyOf"), any);
            }

            if (List("oneOf") is { Count: > 0 } one)
            {
                yield return new OneOfKeyword(reader.At("oneOf"), one);
            }

            if (Single("not") is { } not)
            {
                yield return new NotKeyword(reader.At("not"), not);
            }

            var (then, otherwise) = (Single("then"), Single("else"));
            if (Single("if") is { } condition)
            {
                yield return new IfKeyword(reader.At("if"), condition, then, otherwise);
            }

            var dependent = Map("dependentSchemas").Select(entry => (new PropertyName(entry.Key), entry.Value)).ToArray();
            if (dependent.Length > 0)
            {
                yield return new DependentSchemasKeyword(reader.At("dependentSchemas"), dependent);
            }
        }

        private IEnumerable<Keyword> Unevaluated()
        {
            if (Single("unevaluatedProperties") is { } properties)
            {
                yield return new UnevaluatedPropertiesKeyword(reader.At("unevaluatedProperties"), properties);
            }

            if (Single("unevaluatedItems") is { } items)
            {
                yield return new UnevaluatedItemsKeyword(reader.At("unevaluatedItems"), items);
            }
        }

        private SchemaNode? Single(string keyword) => reader.TryGet(keyword, out _) ? Child($"{pointer}/{keyword}") : null;

        private List<SchemaNode> List(string keyword) =>
            [.. Enumerable.Range(0, reader.Schemas(keyword)).Select(index => Child($"{pointer}/{keyword}/{index}"))];

        private List<KeyValuePair<string, SchemaNode>> Map(string keyword) =>
            [.. reader.Members(keyword, "schemas").Select(entry =>
                KeyValuePair.Create(entry.Name, Child(JsonPointer.Append($"{pointer}/{keyword}", entry.Name))))];

        private SchemaNode Child(string at) => compiler.NodeAt(resource.Document.Places.GetValueOrDefault(at, resource), at);
    }
}
