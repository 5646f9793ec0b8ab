using System.Text.Json;
using System.Text.Json.Nodes;
using Personalization.Features.Domain.Conditions.Reading;
using Personalization.Features.Domain.Definitions;

namespace Personalization.Features.Domain.Conditions.QueryBuilder;

/// <summary>
/// Events with a filter and a window: a rule with a subquery, which react-querybuilder has for lists. <c>match</c> says how many
/// (some, none, atLeast, atMost, exactly), the subquery in <c>value</c> which: its fields are <c>property.…</c> and <c>product.…</c> and, at its
/// top and joined by "and", <c>within</c>, <c>since</c>, <c>until</c> and <c>session</c>.
/// </summary>
internal sealed class QueryBuilderEvents(List<DefinitionFault> faults, bool parseNumbers)
{
    public static readonly string[] WindowFields = Words.Windows;

    private readonly Faults _faults = new(faults);

    public Condition? Read(string field, JsonElement match, JsonElement value, string path)
    {
        var (kind, name) = QueryBuilderFields.Split(field);
        if (kind != "event" || name.Length == 0)
        {
            _faults.Add($"{path}/match", "Only events, as event.…, are matched with a subquery.");
            return null;
        }

        var json = new JsonObject { ["event"] = name };
        var count = ReadMatch(match, $"{path}/match");
        var isGood = ReadSubquery(value, $"{path}/value", json, 1);
        if (count is null || !isGood)
        {
            return null;
        }

        json["count"] = count;
        var found = new List<DefinitionFault>();
        using var document = JsonDocument.Parse(json.ToJsonString());
        var condition = ConditionReader.Read(document.RootElement, found, path);
        foreach (var fault in found)
        {
            _faults.Add(fault.Path.StartsWith($"{path}/count", StringComparison.Ordinal) ? $"{path}/match" : $"{path}/value", fault.Message);
        }

        return condition;
    }

    private JsonObject? ReadMatch(JsonElement match, string path)
    {
        if (Members.Of(match, path, _faults, "how many match") is not { } members)
        {
            return null;
        }

        var mode = members.Require("mode", "some, none, atLeast, atMost or exactly", out var json) ? _faults.Text(json, members.PathOf("mode"), "how many match") : null;
        var hasThreshold = members.TryTake("threshold", out var threshold);
        members.Finish();
        var op = mode switch
        {
            "some" or "atLeast" => "gte",
            "none" or "exactly" => "eq",
            "atMost" => "lte",
            _ => null,
        };
        if (op is null || (mode is "atLeast" or "atMost" or "exactly" && !hasThreshold))
        {
            _faults.AddWhen(
                mode is not null, path, "Must be some, none, or atLeast, atMost or exactly with a 'threshold'; that all events are of a kind cannot be asked.");
            return null;
        }

        return new JsonObject { ["op"] = op, ["value"] = mode is "some" ? 1 : mode is "none" ? 0 : JsonNode.Parse(threshold.GetRawText()) };
    }

    /// <summary>Adds <c>where</c> and the window.</summary>
    private bool ReadSubquery(JsonElement json, string path, JsonObject target, int depth)
    {
        if (Members.Of(json, path, _faults, "a group with 'combinator' and 'rules'") is not { } group)
        {
            return false;
        }

        if (!group.Require("rules", "an array of rules", out var rules) || rules.ValueKind != JsonValueKind.Array)
        {
            _faults.AddWhen(group.Has("rules"), group.PathOf("rules"), "Must be an array of rules.");
            return false;
        }

        var of = new JsonArray();
        var isAnd = IsAnd(group) && !(group.TryTake("not", out var not) && not.ValueKind == JsonValueKind.True);
        foreach (var ignored in (ReadOnlySpan<string>)["id", "path", "disabled"])
        {
            group.TryTake(ignored, out _);
        }

        if (isAnd)
        {
            group.Finish();
        }

        var index = 0;
        var isGood = true;
        foreach (var rule in rules.EnumerateArray())
        {
            var at = $"{group.PathOf("rules")}/{index++}";
            if (isAnd && IsWindow(rule, out var window))
            {
                isGood &= ReadWindow(rule, at, window, target);
            }
            else
            {
                var condition = ReadWhere(rule, at, depth);
                isGood &= condition is not null;
                of.Add(condition);
            }
        }

        if (!isAnd)
        {
            target["where"] = ReadWhere(json, path, depth);
            return isGood && target["where"] is not null;
        }

        if (of.Count > 0)
        {
            target["where"] = isGood && of.Count == 1 ? of[0]!.DeepClone() : new JsonObject { ["all"] = of };
        }

        return isGood;
    }

    private static bool IsAnd(Members group) => !group.TryTake("combinator", out var combinator) || (combinator.ValueKind == JsonValueKind.String && combinator.ValueEquals("and"u8));

    private static bool IsWindow(JsonElement rule, out string field)
    {
        field = "";
        if (rule.ValueKind == JsonValueKind.Object && rule.TryGetProperty("field"u8, out var named) && named.ValueKind == JsonValueKind.String)
        {
            field = Array.Find(WindowFields, each => named.ValueEquals(each)) ?? "";
        }

        return field.Length > 0;
    }

    private bool ReadWindow(JsonElement rule, string path, string field, JsonObject target)
    {
        var isEqual = rule.TryGetProperty("operator"u8, out var op) && op.ValueKind == JsonValueKind.String && op.ValueEquals("="u8);
        if (!isEqual || target.ContainsKey(field) || !rule.TryGetProperty("value"u8, out var value))
        {
            _faults.Add(path, $"'{field}' stands once, with '=' and a value.");
            return false;
        }

        target[field] = JsonNode.Parse(value.GetRawText());
        return true;
    }

    /// <summary>A rule or group on the event.</summary>
    private JsonObject? ReadWhere(JsonElement json, string path, int depth)
    {
        if (json.ValueKind != JsonValueKind.Object || depth > ConditionLimits.Depth || !_faults.Count(path))
        {
            _faults.AddWhen(json.ValueKind != JsonValueKind.Object || depth > ConditionLimits.Depth, path, $"Must be a rule or a group, nested {ConditionLimits.Depth} deep at most.");
            return null;
        }

        return json.TryGetProperty("rules"u8, out _) ? ReadWhereGroup(json, path, depth) : ReadWhereRule(json, path);
    }

    private JsonObject? ReadWhereGroup(JsonElement json, string path, int depth)
    {
        var group = Members.Of(json, path, _faults, "a group")!;
        foreach (var name in (ReadOnlySpan<string>)["id", "path", "disabled"])
        {
            group.TryTake(name, out _);
        }

        var isNegated = group.TryTake("not", out var not) && not.ValueKind == JsonValueKind.True;
        var isAnd = group.TryTake("combinator", out var combinator) && combinator.ValueKind == JsonValueKind.String && combinator.ValueEquals("and"u8);
        var isOr = combinator.ValueKind == JsonValueKind.String && combinator.ValueEquals("or"u8);
        if ((!isAnd && !isOr) || !group.TryTake("rules", out var rules) || rules.ValueKind != JsonValueKind.Array)
        {
            _faults.Add(path, "Must have 'combinator' \"and\" or \"or\" and an array of 'rules'.");
            return null;
        }

        group.Finish();
        var of = new JsonArray();
        var index = 0;
        foreach (var rule in rules.EnumerateArray())
        {
            of.Add(ReadWhere(rule, $"{path}/rules/{index++}", depth + 1));
        }

        return of.Any(each => each is null) ? null
            : isNegated && isOr && index > 0 ? new JsonObject { ["none"] = of }
            : isNegated ? new JsonObject { ["none"] = new JsonArray(new JsonObject { ["all"] = of }) }
            : new JsonObject { [isOr && index > 0 ? "any" : "all"] = of };
    }

    private JsonObject? ReadWhereRule(JsonElement json, string path)
    {
        var rule = Members.Of(json, path, _faults, "a rule")!;
        foreach (var ignored in (ReadOnlySpan<string>)["id", "path", "disabled"])
        {
            rule.TryTake(ignored, out _);
        }

        var field = rule.Require("field", "property.… or product.…", out var named) ? _faults.Text(named, rule.PathOf("field"), "a field") : null;
        var word = rule.Require("operator", "an operator", out var op) ? _faults.Text(op, rule.PathOf("operator"), "an operator") : null;
        rule.TryTake("value", out var value);
        rule.TryTake("valueSource", out var source);
        rule.Finish();
        if (field is null || word is null || QueryBuilderOperators.OursOf(word) is not var (ours, isNegated) ||
            QueryBuilderFields.Split(field) is not (("property" or "product") and var kind, var name) ||
            (source.ValueKind != JsonValueKind.Undefined && (source.ValueKind != JsonValueKind.String || !source.ValueEquals("value"u8))))
        {
            _faults.AddWhen(field is not null && word is not null, path, "Must compare property.… or product.… of the event with a value; a window stands at the top, joined by \"and\".");
            return null;
        }

        var condition = new JsonObject { [kind] = name, ["op"] = ours };
        var isNumber = parseNumbers || (kind, name) is ("product", "price" or "quantity") or ("property", "revenue");
        if (QueryBuilderValues.Of(value, ours, isNumber) is { } with)
        {
            condition["value"] = with;
        }

        return isNegated ? new JsonObject { ["none"] = new JsonArray(condition) } : condition;
    }
}
