using System.Text.Json;

namespace Personalization.Decisioning.Domain.Experiments;

/// <summary>Lists of values that conditions refer to by name (<c>$inGroup</c>).</summary>
internal delegate JsonElement? SavedGroups(string name);

/// <summary>
/// Whom a rule is meant for: a condition on attributes in GrowthBook's form of MongoDB's query language. Read once, asked often. An operator
/// that nobody knows is never met, so that a newer condition lets nobody in by mistake.
/// </summary>
internal sealed class TargetingCondition
{
    private const int MaxDepth = 32;
    private readonly Func<JsonElement, SavedGroups, bool> _isMet;

    private TargetingCondition(Func<JsonElement, SavedGroups, bool> isMet) => _isMet = isMet;

    /// <exception cref="FormatException">It is nested too deeply, or a pattern is no regular expression.</exception>
    public static TargetingCondition Read(JsonElement condition) => new(ReadAll(condition, 0));

    /// <param name="attributes">An object.</param>
    /// <param name="groups">Finds a list; null when there is none of that name.</param>
    public bool IsMet(JsonElement attributes, SavedGroups groups) => _isMet(attributes, groups);

    private static Func<JsonElement, SavedGroups, bool> ReadAll(JsonElement condition, int depth)
    {
        if (depth > MaxDepth)
        {
            throw new FormatException($"A condition is nested deeper than {MaxDepth} levels.");
        }

        if (condition.ValueKind != JsonValueKind.Object)
        {
            return static (_, _) => true;
        }

        var parts = condition.EnumerateObject().Select(part => ReadPart(part.Name, part.Value, depth + 1)).ToArray();
        return (attributes, groups) => Array.TrueForAll(parts, part => part(attributes, groups));
    }

    private static Func<JsonElement, SavedGroups, bool> ReadPart(string name, JsonElement value, int depth)
    {
        switch (name)
        {
            case "$or":
                var any = ReadList(value, depth);
                return (attributes, groups) => any.Length == 0 || Array.Exists(any, one => one(attributes, groups));
            case "$nor":
                var none = ReadList(value, depth);
                return (attributes, groups) => none.Length > 0 && !Array.Exists(none, one => one(attributes, groups));
            case "$and":
                var all = ReadList(value, depth);
                return (attributes, groups) => Array.TrueForAll(all, one => one(attributes, groups));
            case "$not":
                var inner = ReadAll(value, depth);
                return (attributes, groups) => !inner(attributes, groups);
            default:
                var path = name.Split('.');
                var test = AttributeTest.Read(value, depth);
                return (attributes, groups) => test(ValueAt(attributes, path), groups);
        }
    }

    private static Func<JsonElement, SavedGroups, bool>[] ReadList(JsonElement list, int depth) =>
        list.ValueKind == JsonValueKind.Array ? [.. list.EnumerateArray().Select(one => ReadAll(one, depth))] : [];

    private static JsonElement? ValueAt(JsonElement attributes, string[] path)
    {
        var value = attributes;
        foreach (var name in path)
        {
            if (value.ValueKind != JsonValueKind.Object || !value.TryGetProperty(name, out value))
            {
                return null;
            }
        }

        return value;
    }

    /// <summary>The condition of an element of a list that is an object: <c>$elemMatch</c>.</summary>
    internal static Func<JsonElement, SavedGroups, bool> ReadElement(JsonElement condition, int depth) => ReadAll(condition, depth);
}
