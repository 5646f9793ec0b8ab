using System.Text.Json;
using Personalization.Decisioning.Domain.Documents;

namespace Personalization.Decisioning.Domain.Rules;

/// <summary>
/// Reads conditions on items: <c>{"all": […]}</c>, <c>any</c>, <c>none</c>, and <c>{"item": "brand", "op": "in", "value": ["Acme"]}</c>, as conditions
/// on shoppers are written.
/// </summary>
internal sealed class ItemTestReader(List<DocumentFault> faults)
{
    private const int MaxDepth = 8;
    private const int MaxNodes = 100;
    private const int MaxValues = 1_000;
    private const int MaxText = 256;

    private static readonly (string Word, ItemOperator Operator)[] Operators =
    [
        ("eq", ItemOperator.Equal), ("ne", ItemOperator.NotEqual), ("lt", ItemOperator.Less), ("lte", ItemOperator.AtMost), ("gt", ItemOperator.Greater),
        ("gte", ItemOperator.AtLeast), ("between", ItemOperator.Between), ("in", ItemOperator.In), ("nin", ItemOperator.NotIn), ("contains", ItemOperator.Contains),
        ("startsWith", ItemOperator.StartsWith), ("endsWith", ItemOperator.EndsWith), ("exists", ItemOperator.Exists), ("notExists", ItemOperator.NotExists),
    ];

    private int _nodes;

    /// <summary>Null when something is wrong.</summary>
    public ItemTest? Read(JsonElement json, string path, int depth = 1)
    {
        var members = new DocumentMembers(json, path, faults);
        if (json.ValueKind != JsonValueKind.Object)
        {
            return null;
        }

        if (depth > MaxDepth || ++_nodes > MaxNodes)
        {
            members.Fault("", $"At most {MaxNodes} conditions are allowed, at most {MaxDepth} deep.");
            return null;
        }

        ItemTest? read = members.Has("all") ? ReadGroup(members, "all", depth, isAll: true, isNegated: false)
            : members.Has("any") ? ReadGroup(members, "any", depth, isAll: false, isNegated: false)
            : members.Has("none") ? ReadGroup(members, "none", depth, isAll: false, isNegated: true)
            : ReadField(members);
        members.Finish();
        return read;
    }

    private GroupTest? ReadGroup(DocumentMembers members, string name, int depth, bool isAll, bool isNegated)
    {
        if (members.Take(name) is not { ValueKind: JsonValueKind.Array } list || list.GetArrayLength() == 0)
        {
            members.Fault(name, "It must be a list of conditions on items, one at least.");
            return null;
        }

        var read = list.EnumerateArray().Select((each, i) => Read(each, $"{members.PathOf(name)}/{i}", depth + 1)).ToArray();
        return Array.TrueForAll(read, each => each is not null) ? new GroupTest(read!, isAll, isNegated) : null;
    }

    private static FieldTest? ReadField(DocumentMembers members)
    {
        var name = members.Text("item", MaxText, isRequired: true);
        var field = name is null ? null : ItemField.Find(name);
        if (name is not null && field is null)
        {
            members.Fault("item", $"It must be one of {ItemField.Names}.");
        }

        if (members.Take("op") is not { ValueKind: JsonValueKind.String } word || Array.Find(Operators, each => word.ValueEquals(each.Word)) is not { Word: not null } found)
        {
            members.Fault("op", $"It must be one of {string.Join(", ", Operators.Select(each => each.Word))}.");
            members.Take("value");
            return null;
        }

        var test = found.Operator;
        var values = ValuesOf(members, test);
        if (values is null || field is null)
        {
            return null;
        }

        if (values.Exists(value => (field.IsNumber && value.ValueKind != JsonValueKind.Number) || (field.IsText && value.ValueKind != JsonValueKind.String)))
        {
            members.Fault("value", $"'{field.Name}' is compared with {(field.IsNumber ? "numbers" : "texts")}.");
            return null;
        }

        return new FieldTest(
            field,
            test,
            [.. values.Where(value => value.ValueKind == JsonValueKind.String).Select(value => value.GetString()!)],
            [.. values.Where(value => value.ValueKind == JsonValueKind.Number).Select(value => value.GetDouble())],
            values is [{ ValueKind: JsonValueKind.True or JsonValueKind.False } truth] ? truth.ValueKind == JsonValueKind.True : null);
    }

    private static List<JsonElement>? ValuesOf(DocumentMembers members, ItemOperator test)
    {
        if (test is ItemOperator.Exists or ItemOperator.NotExists)
        {
            return [];
        }

        var value = members.Take("value") ?? default;
        var values = test switch
        {
            ItemOperator.In or ItemOperator.NotIn when value.ValueKind == JsonValueKind.Array => [.. value.EnumerateArray()],
            ItemOperator.Between when value.ValueKind == JsonValueKind.Array && value.GetArrayLength() == 2 => [.. value.EnumerateArray()],
            ItemOperator.In or ItemOperator.NotIn or ItemOperator.Between => null,
            _ => new List<JsonElement> { value },
        };
        Predicate<JsonElement> isGood = test switch
        {
            ItemOperator.Less or ItemOperator.AtMost or ItemOperator.Greater or ItemOperator.AtLeast or ItemOperator.Between =>
                each => each.ValueKind == JsonValueKind.Number && each.TryGetDouble(out _),
            ItemOperator.Contains or ItemOperator.StartsWith or ItemOperator.EndsWith => IsText,
            _ => each => IsText(each) || each.ValueKind is JsonValueKind.True or JsonValueKind.False || (each.ValueKind == JsonValueKind.Number && each.TryGetDouble(out _)),
        };
        if (values is { Count: >= 1 and <= MaxValues } && values.TrueForAll(isGood))
        {
            return values;
        }

        members.Fault("value", test switch
        {
            ItemOperator.In or ItemOperator.NotIn => $"It must be a list of 1 to {MaxValues} texts, numbers or booleans.",
            ItemOperator.Between => "It must be a list of two numbers.",
            ItemOperator.Less or ItemOperator.AtMost or ItemOperator.Greater or ItemOperator.AtLeast => "It must be a number.",
            ItemOperator.Contains or ItemOperator.StartsWith or ItemOperator.EndsWith => $"It must be a text of 1 to {MaxText} characters.",
            _ => $"It must be a text of 1 to {MaxText} characters, a number, true or false.",
        });
        return null;
    }

    private static bool IsText(JsonElement value) => value.ValueKind == JsonValueKind.String && value.GetString() is { Length: >= 1 and <= MaxText };
}
