using System.Text;
using System.Text.Json;
using Personalization.Tracking.Domain.Schemas.Keywords;
using Personalization.Tracking.Domain.Schemas.Patterns;

namespace Personalization.Tracking.Domain.Schemas.Compatibility;

/// <summary>Rules on objects and arrays, which lead to their children.</summary>
internal sealed partial class SchemaCompatibility
{
    private void CompareObjects(List<Part> old, Part next, JsonKinds kinds)
    {
        if (!kinds.HasFlag(JsonKinds.Object))
        {
            return;
        }

        CompareCount(old, next, "minProperties", isMinimum: true);
        CompareCount(old, next, "maxProperties", isMinimum: false);
        var required = old.SelectMany(part => Required(part.Schema)).ToHashSet(StringComparer.Ordinal);
        foreach (var name in Required(next.Schema).Where(name => !required.Contains(name)))
        {
            Breach("required-added", next.Pointer + "/required", $"'{name}' could be absent before.");
        }

        CompareDependencies(old, next, required);
        foreach (var name in Names(Member(next.Schema, "properties") ?? default))
        {
            var child = new Part(Member(next.Schema, "properties")!.Value.GetProperty(name), JsonPointer.Append(next.Pointer + "/properties", name));
            var before = PropertyOf(old, name, out var isDescribed);
            if (isDescribed || IsNothing(child.Schema))
            {
                Compare(before, child);
            }
            else if (_isStrict && !IsTrivial(child.Schema))
            {
                Breach("property-constrained", child.Pointer, $"'{name}' was not described and could be anything.");
            }
        }

        ComparePatterns(old, next);
        CompareAdditional(old, next);
    }

    private void CompareDependencies(List<Part> old, Part next, HashSet<string> required)
    {
        if (Member(next.Schema, "dependentRequired") is not { } rules)
        {
            return;
        }

        foreach (var rule in rules.EnumerateObject())
        {
            var known = old.Select(part => Member(part.Schema, "dependentRequired") is { } before ? Member(before, rule.Name) : null)
                .OfType<JsonElement>().SelectMany(names => names.EnumerateArray()).Select(name => name.GetString()!).ToHashSet(StringComparer.Ordinal);
            foreach (var needed in rule.Value.EnumerateArray().Select(name => name.GetString()!).Where(name => !known.Contains(name) && !required.Contains(name)))
            {
                Breach("dependent-required-added", JsonPointer.Append(next.Pointer + "/dependentRequired", rule.Name), $"'{needed}' could be absent beside '{rule.Name}' before.");
            }
        }
    }

    private void ComparePatterns(List<Part> old, Part next)
    {
        foreach (var pattern in Names(Member(next.Schema, "patternProperties") ?? default))
        {
            var child = new Part(Member(next.Schema, "patternProperties")!.Value.GetProperty(pattern), JsonPointer.Append(next.Pointer + "/patternProperties", pattern));
            if (IsTrivial(child.Schema))
            {
                continue;
            }

            var before = old
                .Where(part => Member(part.Schema, "patternProperties") is { } patterns && Member(patterns, pattern) is not null)
                .Select(part => new Part(Member(part.Schema, "patternProperties")!.Value.GetProperty(pattern), JsonPointer.Append(part.Pointer + "/patternProperties", pattern)))
                .ToList();
            if (before.Count == 0)
            {
                Breach("pattern-property-added", child.Pointer, $"Properties whose names match '{pattern}' could be anything before.");
            }
            else
            {
                Compare(before, child);
            }
        }
    }

    /// <summary>What the new version takes for all properties it does not name: those that the old one named, and all others.</summary>
    private void CompareAdditional(List<Part> old, Part next)
    {
        if (Member(next.Schema, "additionalProperties") is not { } additional || IsTrivial(additional))
        {
            return;
        }

        var child = new Part(additional, next.Pointer + "/additionalProperties");
        foreach (var name in old.SelectMany(part => Names(Member(part.Schema, "properties") ?? default)).Distinct(StringComparer.Ordinal))
        {
            if (IsNamed(next.Schema, name))
            {
                continue;
            }

            var before = PropertyOf(old, name, out _);
            if (!IsNothing(additional))
            {
                Compare(before, child);
            }
            else if (!Flatten(before, _old).Exists(part => IsNothing(part.Schema)))
            {
                Breach("property-removed", child.Pointer, $"'{name}' was accepted and is not any more.");
            }
        }

        CompareOthers(old, next, child);
    }

    /// <summary>Properties that neither version names.</summary>
    private void CompareOthers(List<Part> old, Part next, Part child)
    {
        // What an old pattern took, and no new one takes, would now be among the others.
        var patterns = Names(Member(next.Schema, "patternProperties") ?? default).ToHashSet(StringComparer.Ordinal);
        var others = old.Where(part => Member(part.Schema, "additionalProperties") is not null &&
                Names(Member(part.Schema, "patternProperties") ?? default).All(patterns.Contains))
            .Select(part => new Part(Member(part.Schema, "additionalProperties")!.Value, part.Pointer + "/additionalProperties")).ToList();
        if (others.Count == 0)
        {
            Breach(
                IsNothing(child.Schema) ? "additional-properties-closed" : "additional-properties-constrained",
                child.Pointer,
                "Properties that were not described could be anything before.");
        }
        else
        {
            Compare(others, child);
        }
    }

    /// <summary>All that the old version demands of a property; nothing when it could be anything, also where only an alternative describes it.</summary>
    private List<Part> PropertyOf(List<Part> old, string name, out bool isDescribed)
    {
        var found = new List<Part>();
        isDescribed = false;
        foreach (var part in old)
        {
            var named = Member(part.Schema, "properties") is { } properties ? Member(properties, name) : null;
            if (named is { } schema)
            {
                found.Add(new Part(schema, JsonPointer.Append(part.Pointer + "/properties", name)));
            }

            var matching = Names(Member(part.Schema, "patternProperties") ?? default).Where(pattern => Matches(pattern, name)).ToArray();
            found.AddRange(matching.Select(pattern => new Part(
                Member(part.Schema, "patternProperties")!.Value.GetProperty(pattern), JsonPointer.Append(part.Pointer + "/patternProperties", pattern))));
            isDescribed |= named is not null || matching.Length > 0;
            if (named is null && matching.Length == 0 && Member(part.Schema, "additionalProperties") is { } additional)
            {
                isDescribed |= !IsTrivial(additional);
                found.Add(new Part(additional, part.Pointer + "/additionalProperties"));
            }
        }

        isDescribed = isDescribed || old.Exists(part => MentionsOf(part).Include(name));
        return found;
    }

    private static bool IsNamed(JsonElement schema, string name) =>
        (Member(schema, "properties") is { } properties && Member(properties, name) is not null) ||
        Names(Member(schema, "patternProperties") ?? default).Any(pattern => Matches(pattern, name));

    private static bool Matches(string pattern, string name) =>
        SchemaPattern.Compile(pattern, onlyLinear: false, out _)?.IsMatch(Encoding.UTF8.GetBytes(name), out _) == true;

    private static IEnumerable<string> Required(JsonElement schema) =>
        Member(schema, "required") is { } names ? names.EnumerateArray().Select(name => name.GetString()!) : [];

    private void CompareArrays(List<Part> old, Part next, JsonKinds kinds)
    {
        if (!kinds.HasFlag(JsonKinds.Array))
        {
            return;
        }

        CompareCount(old, next, "minItems", isMinimum: true);
        CompareCount(old, next, "maxItems", isMinimum: false);
        if (Member(next.Schema, "uniqueItems") is { ValueKind: JsonValueKind.True } &&
            !old.Exists(part => Member(part.Schema, "uniqueItems") is { ValueKind: JsonValueKind.True }))
        {
            Breach("unique-items-added", next.Pointer + "/uniqueItems", "Equal items were accepted before.");
        }

        var prefixes = old.Append(next).Max(part => PrefixLength(part.Schema));
        for (var i = 0; i < prefixes; i++)
        {
            CompareItem(old, next, i);
        }

        CompareItem(old, next, int.MaxValue);
    }

    private void CompareItem(List<Part> old, Part next, int index)
    {
        if (ItemOf(next, index) is not { } child || IsTrivial(child.Schema))
        {
            return;
        }

        var before = old.Select(part => ItemOf(part, index)).OfType<Part>().ToList();
        if (before.Count == 0)
        {
            Breach(IsNothing(child.Schema) ? "items-closed" : "items-constrained", child.Pointer, "These items could be anything before.");
        }
        else
        {
            Compare(before, child);
        }
    }

    private static int PrefixLength(JsonElement schema) => Member(schema, "prefixItems") is { } prefix ? prefix.GetArrayLength() : 0;

    private static Part? ItemOf(Part part, int index)
    {
        if (index < PrefixLength(part.Schema))
        {
            return new Part(Member(part.Schema, "prefixItems")!.Value[index], $"{part.Pointer}/prefixItems/{index}");
        }

        return Member(part.Schema, "items") is { } items ? new Part(items, part.Pointer + "/items") : null;
    }
}
