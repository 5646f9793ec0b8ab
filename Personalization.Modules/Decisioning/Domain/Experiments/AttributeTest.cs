using System.Globalization;
using System.Text.Json;
using System.Text.RegularExpressions;

namespace Personalization.Decisioning.Domain.Experiments;

/// <summary>Tests one attribute's value; null for an attribute that is absent.</summary>
internal delegate bool ValueTest(JsonElement? value, SavedGroups groups);

/// <summary>Reads what a condition asks of one attribute: a value that it must equal, or operators that must all be met.</summary>
internal static class AttributeTest
{
    /// <summary>Patterns come from those who configure, but the texts from anyone.</summary>
    private static readonly TimeSpan PatternPatience = TimeSpan.FromMilliseconds(50);

    /// <param name="condition">The value, or an object of operators.</param>
    /// <param name="depth">How deep it stands in the whole condition.</param>
    public static ValueTest Read(JsonElement condition, int depth)
    {
        switch (condition.ValueKind)
        {
            case JsonValueKind.String:
                return (value, _) => value is { } known && AsText(known) is { } text && text == condition.GetString();
            case JsonValueKind.Number:
                return (value, _) => (value is { } known ? AsNumber(known) : 0) == condition.GetDouble();
            case JsonValueKind.True or JsonValueKind.False:
                return (value, _) => value is { } known && IsTruthy(known) == condition.GetBoolean();
            case JsonValueKind.Null:
                return (value, _) => value is not { ValueKind: not JsonValueKind.Null };
            case JsonValueKind.Object when condition.EnumerateObject().All(part => part.Name.StartsWith('$')) && condition.EnumerateObject().Any():
                var tests = condition.EnumerateObject().Select(part => ReadOperator(part.Name, part.Value, depth + 1)).ToArray();
                return (value, groups) => Array.TrueForAll(tests, test => test(value, groups));
            default:
                return (value, _) => value is { } known && JsonElement.DeepEquals(known, condition);
        }
    }

    private static ValueTest ReadOperator(string name, JsonElement expected, int depth) => name switch
    {
        "$eq" => (value, _) => IsSame(value, expected),
        "$ne" => (value, _) => !IsSame(value, expected),
        "$lt" => (value, _) => Compare(value, expected) is < 0,
        "$lte" => (value, _) => Compare(value, expected) is <= 0,
        "$gt" => (value, _) => Compare(value, expected) is > 0,
        "$gte" => (value, _) => Compare(value, expected) is >= 0,
        "$veq" => (value, _) => CompareVersions(value, expected) == 0,
        "$vne" => (value, _) => CompareVersions(value, expected) != 0,
        "$vlt" => (value, _) => CompareVersions(value, expected) < 0,
        "$vlte" => (value, _) => CompareVersions(value, expected) <= 0,
        "$vgt" => (value, _) => CompareVersions(value, expected) > 0,
        "$vgte" => (value, _) => CompareVersions(value, expected) >= 0,
        "$exists" => (value, _) => value is { ValueKind: not JsonValueKind.Null } == IsTruthy(expected),
        "$type" => (value, _) => TypeOf(value) == AsText(expected),
        "$in" => (value, _) => IsIn(value, expected, ignoresCase: false) is true,
        "$nin" => (value, _) => IsIn(value, expected, ignoresCase: false) is false,
        "$ini" => (value, _) => IsIn(value, expected, ignoresCase: true) is true,
        "$nini" => (value, _) => IsIn(value, expected, ignoresCase: true) is false,
        "$inGroup" => (value, groups) => IsIn(value, groups(AsText(expected) ?? "") ?? EmptyList, ignoresCase: false) is true,
        "$notInGroup" => (value, groups) => IsIn(value, groups(AsText(expected) ?? "") ?? EmptyList, ignoresCase: false) is not true,
        "$regex" => ReadPattern(expected, RegexOptions.None, isMet: true),
        "$regexi" => ReadPattern(expected, RegexOptions.IgnoreCase, isMet: true),
        "$notRegex" => ReadPattern(expected, RegexOptions.None, isMet: false),
        "$notRegexi" => ReadPattern(expected, RegexOptions.IgnoreCase, isMet: false),
        "$size" => ReadSize(expected, depth),
        "$elemMatch" => ReadElementMatch(expected, depth),
        "$all" => ReadAll(expected, depth, ignoresCase: false),
        "$alli" => ReadAll(expected, depth, ignoresCase: true),
        "$not" => Not(Read(expected, depth)),
        _ => static (_, _) => false,
    };

    private static JsonElement EmptyList { get; } = JsonDocument.Parse("[]").RootElement;

    private static ValueTest Not(ValueTest test) => (value, groups) => !test(value, groups);

    private static ValueTest ReadPattern(JsonElement expected, RegexOptions options, bool isMet)
    {
        Regex pattern;
        try
        {
            pattern = new Regex(AsText(expected) ?? "", options | RegexOptions.CultureInvariant, PatternPatience);
        }
        catch (ArgumentException error)
        {
            throw new FormatException($"'{AsText(expected)}' is no regular expression: {error.Message}", error);
        }

        return (value, _) =>
        {
            try
            {
                return pattern.IsMatch(value is { } known ? AsText(known) ?? "" : "") == isMet;
            }
            catch (RegexMatchTimeoutException)
            {
                return false; // As an unknown operator: nobody is let in by a pattern that cannot be judged.
            }
        };
    }

    private static ValueTest ReadSize(JsonElement expected, int depth)
    {
        var test = Read(expected, depth);
        return (value, groups) => value is { ValueKind: JsonValueKind.Array } list &&
            test(JsonSerializer.SerializeToElement(list.GetArrayLength()), groups);
    }

    private static ValueTest ReadElementMatch(JsonElement expected, int depth)
    {
        var isOfOperators = expected.ValueKind == JsonValueKind.Object && expected.EnumerateObject().Any() &&
            expected.EnumerateObject().All(part => part.Name.StartsWith('$'));
        ValueTest test;
        if (isOfOperators)
        {
            test = Read(expected, depth);
        }
        else
        {
            var inner = TargetingCondition.ReadElement(expected, depth);
            test = (element, groups) => inner(element!.Value, groups);
        }

        return (value, groups) => value is { ValueKind: JsonValueKind.Array } list && list.EnumerateArray().Any(element => test(element, groups));
    }

    private static ValueTest ReadAll(JsonElement expected, int depth, bool ignoresCase)
    {
        if (expected.ValueKind != JsonValueKind.Array)
        {
            return static (_, _) => false;
        }

        var tests = expected.EnumerateArray()
            .Select(one => ignoresCase ? (value, _) => IsSameIgnoringCase(value!.Value, one) : Read(one, depth))
            .ToArray();
        return (value, groups) => value is { ValueKind: JsonValueKind.Array } list &&
            Array.TrueForAll(tests, test => list.EnumerateArray().Any(element => test(element, groups)));
    }

    /// <summary>Null when what should be a list is none: then neither "in" nor "not in" is met.</summary>
    private static bool? IsIn(JsonElement? value, JsonElement list, bool ignoresCase)
    {
        if (list.ValueKind != JsonValueKind.Array)
        {
            return null;
        }

        if (value is { ValueKind: JsonValueKind.Array } several)
        {
            return several.EnumerateArray().Any(one => Contains(list, one, ignoresCase));
        }

        return value is { } known && Contains(list, known, ignoresCase);
    }

    private static bool Contains(JsonElement list, JsonElement value, bool ignoresCase) => list.EnumerateArray().Any(
        element => ignoresCase ? IsSameIgnoringCase(value, element) : IsSame(value, element));

    private static bool IsSameIgnoringCase(JsonElement value, JsonElement expected) =>
        value.ValueKind == JsonValueKind.String && expected.ValueKind == JsonValueKind.String
            ? string.Equals(value.GetString(), expected.GetString(), StringComparison.OrdinalIgnoreCase)
            : IsSame(value, expected);

    /// <summary>Strictly, as <c>===</c> does: no text is a number; lists and objects are never the same.</summary>
    private static bool IsSame(JsonElement? value, JsonElement expected) => value is { } known && known.ValueKind == expected.ValueKind &&
        known.ValueKind switch
        {
            JsonValueKind.String => known.GetString() == expected.GetString(),
            JsonValueKind.Number => known.GetDouble() == expected.GetDouble(),
            JsonValueKind.True or JsonValueKind.False or JsonValueKind.Null => true,
            _ => false,
        };

    /// <summary>
    /// Two texts in the order of their units; else both as numbers, where an absent value is 0. Null when they do not compare.
    /// </summary>
    private static int? Compare(JsonElement? value, JsonElement expected)
    {
        if (value is { ValueKind: JsonValueKind.String } text && expected.ValueKind == JsonValueKind.String)
        {
            return string.CompareOrdinal(text.GetString(), expected.GetString());
        }

        var (left, right) = (value is { } known ? AsNumber(known) : 0, AsNumber(expected));
        return left is null || right is null ? null : left.Value.CompareTo(right.Value);
    }

    private static int CompareVersions(JsonElement? value, JsonElement expected) => string.CompareOrdinal(
        PaddedVersion.Of(value is { } known ? AsText(known) ?? "0" : "0"), PaddedVersion.Of(AsText(expected) ?? "0"));

    private static string TypeOf(JsonElement? value) => value?.ValueKind switch
    {
        null => "undefined",
        JsonValueKind.Null => "null",
        JsonValueKind.String => "string",
        JsonValueKind.Number => "number",
        JsonValueKind.True or JsonValueKind.False => "boolean",
        JsonValueKind.Array => "array",
        _ => "object",
    };

    internal static string? AsText(JsonElement value) => value.ValueKind switch
    {
        JsonValueKind.String => value.GetString(),
        JsonValueKind.Number => value.GetDouble().ToString("R", CultureInfo.InvariantCulture),
        JsonValueKind.True => "true",
        JsonValueKind.False => "false",
        _ => null,
    };

    private static double? AsNumber(JsonElement value) => value.ValueKind switch
    {
        JsonValueKind.Number => value.GetDouble(),
        JsonValueKind.String when string.IsNullOrWhiteSpace(value.GetString()) => 0,
        JsonValueKind.String => double.TryParse(value.GetString(), NumberStyles.Float, CultureInfo.InvariantCulture, out var number) ? number : null,
        JsonValueKind.True => 1,
        JsonValueKind.False or JsonValueKind.Null => 0,
        _ => null,
    };

    internal static bool IsTruthy(JsonElement value) => value.ValueKind switch
    {
        JsonValueKind.Null or JsonValueKind.False or JsonValueKind.Undefined => false,
        JsonValueKind.Number => value.GetDouble() != 0,
        JsonValueKind.String => value.GetString()!.Length > 0,
        _ => true,
    };
}
