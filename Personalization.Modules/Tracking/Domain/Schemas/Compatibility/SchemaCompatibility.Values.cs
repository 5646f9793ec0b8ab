using System.Text;
using System.Text.Json;
using Personalization.Tracking.Domain.Schemas.Keywords;

namespace Personalization.Tracking.Domain.Schemas.Compatibility;

/// <summary>Rules on values, numbers and texts.</summary>
internal sealed partial class SchemaCompatibility
{
    private void CompareValues(List<Part> old, Part next, JsonKinds kinds)
    {
        if (Member(next.Schema, "type") is { } type && (kinds & ~TypesIn(type)) is var lost && lost != JsonKinds.None)
        {
            var names = string.Join(", ", Enum.GetValues<JsonKinds>().Where(kind => kind is not (JsonKinds.None or JsonKinds.Any) && lost.HasFlag(kind))
                .Select(kind => kind.ToString().ToLowerInvariant()));
            var isKept = old.Select(part => Values(part.Schema)).OfType<List<JsonElement>>().FirstOrDefault() is { } values &&
                values.TrueForAll(value => IsAccepted("type", type, value));
            if (!isKept)
            {
                Breach("type-narrowed", next.Pointer + "/type", $"No longer accepts {names}.");
            }
        }

        foreach (var keyword in (ReadOnlySpan<string>)["enum", "const"])
        {
            if (Member(next.Schema, keyword) is { } listed)
            {
                CompareListed(old, next, keyword, listed);
            }
        }
    }

    private void CompareListed(List<Part> old, Part next, string keyword, JsonElement listed)
    {
        var lists = old.Select(part => Values(part.Schema)).OfType<List<JsonElement>>().ToArray();
        var pointer = $"{next.Pointer}/{keyword}";
        if (lists.Length == 0)
        {
            Breach("enum-added", pointer, "Any value was accepted; now only those that are listed.");
            return;
        }

        // What all lists of the old version have in common is accepted there; the shortest list has all of that.
        var lost = lists.MinBy(list => list.Count)!.Where(value =>
            Array.TrueForAll(lists, list => list.Exists(each => JsonElement.DeepEquals(each, value))) && !IsAccepted(keyword, listed, value)).ToArray();
        if (lost.Length > 0)
        {
            Breach("enum-value-removed", pointer, $"No longer accepts {string.Join(", ", lost.Take(10).Select(value => value.GetRawText()))}.");
        }
    }

    /// <summary>Whether one keyword alone accepts a value.</summary>
    private static bool IsAccepted(string keyword, JsonElement demand, JsonElement value)
    {
        var schema = JsonSchema.Compile(
            Encoding.UTF8.GetBytes($"{{\"{keyword}\":{demand.GetRawText()}}}"), limits: SchemaLimits.Default with { Bytes = int.MaxValue }).Schema;
        return schema?.IsValidTree(Encoding.UTF8.GetBytes(value.GetRawText())) == true;
    }

    /// <summary>
    /// Whether the old version lists its values and the keyword accepts each of them, which then need no other proof.
    /// </summary>
    private static bool AcceptsAllListed(List<Part> old, Part next, string keyword) =>
        old.Select(part => Values(part.Schema)).OfType<List<JsonElement>>().FirstOrDefault() is { } values &&
        values.TrueForAll(value => IsAccepted(keyword, Member(next.Schema, keyword)!.Value, value));

    private void CompareNumbers(List<Part> old, Part next, JsonKinds kinds)
    {
        if ((kinds & (JsonKinds.Number | JsonKinds.Integer)) == JsonKinds.None)
        {
            return;
        }

        CompareBound(old, next, "minimum", "exclusiveMinimum", 1);
        CompareBound(old, next, "maximum", "exclusiveMaximum", -1);
        if (Number(next.Schema, "multipleOf") is { } step &&
            !old.Exists(part => Number(part.Schema, "multipleOf")?.IsMultipleOf(step) == true) &&
            !(!kinds.HasFlag(JsonKinds.Number) && ExactNumber.Parse("1"u8).IsMultipleOf(step)) &&
            !AcceptsAllListed(old, next, "multipleOf"))
        {
            Breach("multiple-of-tightened", next.Pointer + "/multipleOf", "Not every number that was accepted is a multiple of this.");
        }
    }

    /// <param name="old">The old version.</param>
    /// <param name="next">The new version.</param>
    /// <param name="inclusive">The bound that counts itself in.</param>
    /// <param name="exclusive">The one that does not.</param>
    /// <param name="direction">1 for lower bounds, -1 for upper ones.</param>
    private void CompareBound(List<Part> old, Part next, string inclusive, string exclusive, int direction)
    {
        foreach (var keyword in new[] { inclusive, exclusive })
        {
            if (Number(next.Schema, keyword) is not { } bound)
            {
                continue;
            }

            var isImplied = old.Exists(part =>
                (Number(part.Schema, inclusive) is { } with && with.OrderTo(bound) * direction is var order && (keyword == inclusive ? order >= 0 : order > 0)) ||
                (Number(part.Schema, exclusive) is { } without && without.OrderTo(bound) * direction >= 0));
            if (!isImplied && !AcceptsAllListed(old, next, keyword))
            {
                var had = old.Exists(part => Member(part.Schema, inclusive) is not null || Member(part.Schema, exclusive) is not null);
                var verb = !had ? "added" : direction > 0 ? "raised" : "lowered";
                Breach($"{Kebab(keyword)}-{verb}", $"{next.Pointer}/{keyword}", $"Accepts fewer numbers than before: the bound was {verb}.");
            }
        }
    }

    private void CompareTexts(List<Part> old, Part next, JsonKinds kinds)
    {
        if (!kinds.HasFlag(JsonKinds.String))
        {
            return;
        }

        CompareCount(old, next, "minLength", isMinimum: true);
        CompareCount(old, next, "maxLength", isMinimum: false);
        if (Member(next.Schema, "pattern") is { } pattern &&
            !old.Exists(part => Member(part.Schema, "pattern") is { } before && before.GetString() == pattern.GetString()) &&
            !AcceptsAllListed(old, next, "pattern"))
        {
            var had = old.Exists(part => Member(part.Schema, "pattern") is not null);
            Breach(
                had ? "pattern-changed" : "pattern-added",
                next.Pointer + "/pattern",
                "Whether the pattern matches all texts that were accepted cannot be told.");
        }
    }

    /// <summary>A bound on a count. What it counts is never below 0, so that 0 as the least demands nothing.</summary>
    private void CompareCount(List<Part> old, Part next, string keyword, bool isMinimum)
    {
        if (Number(next.Schema, keyword) is not { } bound || (isMinimum && bound.Sign == 0))
        {
            return;
        }

        var isImplied = old.Exists(part =>
            (Number(part.Schema, keyword) is { } before && (isMinimum ? before.OrderTo(bound) >= 0 : before.OrderTo(bound) <= 0)) ||
            (keyword == "minProperties" && Required(part.Schema).Count() is var count && ExactNumber.Parse(Encoding.ASCII.GetBytes($"{count}")).OrderTo(bound) >= 0));
        if (!isImplied && !AcceptsAllListed(old, next, keyword))
        {
            var verb = !old.Exists(part => Member(part.Schema, keyword) is not null) ? "added" : isMinimum ? "raised" : "lowered";
            Breach($"{Kebab(keyword)}-{verb}", $"{next.Pointer}/{keyword}", $"Accepts less than before: the bound was {verb}.");
        }
    }

    private static string Kebab(string keyword) =>
        string.Concat(keyword.Select(letter => char.IsUpper(letter) ? $"-{char.ToLowerInvariant(letter)}" : letter.ToString()));
}
