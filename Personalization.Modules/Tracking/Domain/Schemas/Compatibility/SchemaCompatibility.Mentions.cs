using System.Text.Json;

namespace Personalization.Tracking.Domain.Schemas.Compatibility;

/// <summary>What the old version says of properties anywhere at one place: also in alternatives, in conditions, and behind references.</summary>
internal sealed partial class SchemaCompatibility
{
    private readonly Dictionary<(string, bool), Mentions> _mentions = [];

    /// <summary>Made once for each place: alternatives are compared one by one, and all stand beside the same others.</summary>
    private Mentions MentionsOf(Part old)
    {
        // What could not be resolved goes by the pointer of what referred to it.
        var key = (old.Pointer, IsUnresolved(old.Whole));
        if (!_mentions.TryGetValue(key, out var mentions))
        {
            mentions = ReadMentions(old.Whole);
            _mentions.Add(key, mentions);
        }

        return mentions;
    }

    private Mentions ReadMentions(JsonElement whole)
    {
        var mentions = new Mentions();
        var followed = new HashSet<string>(StringComparer.Ordinal);
        var open = new Queue<JsonElement>([whole]);
        while (open.TryDequeue(out var schema))
        {
            mentions.Names.UnionWith(Names(Member(schema, "properties") ?? default));
            mentions.Patterns.UnionWith(Names(Member(schema, "patternProperties") ?? default));

            mentions.IsAny |= Member(schema, "$dynamicRef") is not null || IsUnresolved(schema) || DescribesOthers(schema);
            if (Member(schema, "$ref") is { } reference && followed.Add(reference.GetString()!))
            {
                open.Enqueue(Follow(reference.GetString()!, _old).Schema);
            }

            foreach (var child in InPlace(schema))
            {
                open.Enqueue(child);
            }
        }

        return mentions;
    }

    private static bool IsUnresolved(JsonElement schema) => Member(schema, "$unresolved") is not null;

    /// <summary><c>false</c> is no description: it says that there is nothing else.</summary>
    private static bool DescribesOthers(JsonElement schema) =>
        new[] { Member(schema, "additionalProperties"), Member(schema, "unevaluatedProperties") }.OfType<JsonElement>()
            .Any(static others => !IsTrivial(others) && !IsNothing(others));

    /// <summary>Subschemas of the same value.</summary>
    private static IEnumerable<JsonElement> InPlace(JsonElement schema) =>
        new[] { Member(schema, "allOf"), Member(schema, "anyOf"), Member(schema, "oneOf") }.OfType<JsonElement>().SelectMany(static all => all.EnumerateArray())
            .Concat(new[] { Member(schema, "if"), Member(schema, "then"), Member(schema, "else"), Member(schema, "not") }.OfType<JsonElement>())
            .Concat(Member(schema, "dependentSchemas") is { } dependent ? dependent.EnumerateObject().Select(static each => each.Value) : []);

    private sealed class Mentions
    {
        public HashSet<string> Names { get; } = new(StringComparer.Ordinal);

        public HashSet<string> Patterns { get; } = new(StringComparer.Ordinal);

        /// <summary>Whether something is said of every property, or of which ones cannot be told.</summary>
        public bool IsAny { get; set; }

        public bool Include(string name) => IsAny || Names.Contains(name) || Patterns.Any(pattern => Matches(pattern, name));
    }
}
