using System.Text.Json;
using System.Text.Json.Nodes;
using Personalization.Features.Domain.Conditions.Reading;
using Personalization.Features.Domain.Definitions;

namespace Personalization.Features.Domain.Conditions.QueryBuilder;

/// <summary>
/// Turns a query of react-querybuilder, as its <c>formatQuery(query, 'json')</c> and <c>'json_without_ids'</c> write it, into a condition. What a
/// condition cannot say is a fault, never left out; only what says nothing (ids, paths, disabled) is passed over, and what is muted, as there.
/// </summary>
/// <param name="faults">Gets what is wrong, with pointers into the query.</param>
/// <param name="parseNumbers">Texts that are numbers become numbers, as the option of the same name has it.</param>
internal sealed class QueryBuilderReader(List<DefinitionFault> faults, bool parseNumbers)
{
    private readonly Faults _faults = new(faults);

    /// <summary>Null when something is wrong.</summary>
    public Condition? Read(JsonElement query, string path)
    {
        var before = faults.Count;
        if (FindBrokenText(query, path) is { } broken)
        {
            _faults.Add(broken, "Must be a text of Unicode: half a surrogate pair is none.");
            return null;
        }

        var condition = ReadGroup(query, path, 1);
        return faults.Count == before && condition is not null ? Checked(condition, path) : null;
    }

    /// <summary>Once more as a condition, whose bounds are on the whole.</summary>
    private Condition? Checked(Condition condition, string path)
    {
        using var document = JsonDocument.Parse(ConditionWriter.Write(condition), new JsonDocumentOptions { MaxDepth = 256 });
        return ConditionReader.Read(document.RootElement, faults, path);
    }

    private Condition? ReadGroup(JsonElement json, string path, int depth)
    {
        if (depth > ConditionLimits.Depth || Members.Of(json, path, _faults, "a group with 'combinator' and 'rules'") is not { } group)
        {
            _faults.AddWhen(depth > ConditionLimits.Depth, path, $"Groups may be nested {ConditionLimits.Depth} deep at most.");
            return null;
        }

        IgnoreWhatSaysNothing(group);
        var isNegated = ReadFlag(group, "not");
        var hasCombinator = group.TryTake("combinator", out var combinator);
        if (!group.Require("rules", "an array of rules and groups", out var rules) || rules.ValueKind != JsonValueKind.Array)
        {
            _faults.AddWhen(rules.ValueKind is not (JsonValueKind.Array or JsonValueKind.Undefined), group.PathOf("rules"), "Must be an array of rules and groups.");
            return null;
        }

        group.Finish();
        var of = hasCombinator ? ReadWithOne(combinator, group, rules, depth) : ReadIndependent(group, rules, depth);
        return of is null || !isNegated ? of : of is AnyOf any ? new NoneOf(path, any.Of) : new NoneOf(path, [of]);
    }

    private Condition? ReadWithOne(JsonElement combinator, Members group, JsonElement rules, int depth)
    {
        var word = _faults.Text(combinator, group.PathOf("combinator"), "\"and\" or \"or\"");
        if (word is not (null or "and" or "or"))
        {
            _faults.Add(group.PathOf("combinator"), "Must be \"and\" or \"or\": a condition has no other.");
        }

        var of = new List<Condition>();
        var index = 0;
        foreach (var rule in rules.EnumerateArray())
        {
            AddRule(rule, $"{group.PathOf("rules")}/{index++}", depth, of);
        }

        return word == "or" ? Any(group.Path, of) : new AllOf(group.Path, [.. of]);
    }

    /// <summary>Independent combinators: rules with "and" and "or" between them, of which "and" binds tighter.</summary>
    private Condition? ReadIndependent(Members group, JsonElement rules, int depth)
    {
        var alternatives = new List<Condition>();
        var of = new List<Condition>();
        var index = 0;
        foreach (var rule in rules.EnumerateArray())
        {
            var path = $"{group.PathOf("rules")}/{index++}";
            if (index % 2 == 1)
            {
                AddRule(rule, path, depth, of);
            }
            else if (rule.ValueKind != JsonValueKind.String || (!rule.ValueEquals("and"u8) && !rule.ValueEquals("or"u8)))
            {
                _faults.Add(path, "Must be \"and\" or \"or\": the group has no 'combinator', so one stands between any two rules.");
            }
            else if (rule.ValueEquals("or"u8))
            {
                alternatives.Add(of.Count == 1 ? of[0] : new AllOf(group.Path, [.. of]));
                of = [];
            }
        }

        if (index > 0 && index % 2 == 0)
        {
            _faults.Add(group.PathOf("rules"), "Ends with a combinator.");
        }

        if (alternatives.Count == 0)
        {
            return new AllOf(group.Path, [.. of]);
        }

        alternatives.Add(of.Count == 1 ? of[0] : new AllOf(group.Path, [.. of]));
        return Any(group.Path, alternatives);
    }

    /// <summary>A group without rules says nothing there, whichever its combinator; "any of none" would be false.</summary>
    private static Condition Any(string path, List<Condition> of) => of.Count == 0 ? new AllOf(path, []) : new AnyOf(path, [.. of]);

    private void AddRule(JsonElement json, string path, int depth, List<Condition> of)
    {
        if (!_faults.Count(path) || (json.ValueKind == JsonValueKind.Object && json.TryGetProperty("muted"u8, out var muted) && muted.ValueKind == JsonValueKind.True))
        {
            return;
        }

        var isGroup = json.ValueKind == JsonValueKind.Object && json.TryGetProperty("rules"u8, out _);
        if ((isGroup ? ReadGroup(json, path, depth + 1) : ReadRule(json, path)) is { } condition)
        {
            of.Add(condition);
        }
    }

    private Condition? ReadRule(JsonElement json, string path)
    {
        if (Members.Of(json, path, _faults, "a rule with 'field', 'operator' and 'value'") is not { } rule)
        {
            return null;
        }

        IgnoreWhatSaysNothing(rule);
        if (rule.TryTake("valueSource", out var source) && (source.ValueKind != JsonValueKind.String || !source.ValueEquals("value"u8)))
        {
            _faults.Add(rule.PathOf("valueSource"), "Must be \"value\": a condition compares with values, not with fields.");
        }

        var field = rule.Require("field", "what is looked at, such as \"trait.plan\"", out var named) ? _faults.Text(named, rule.PathOf("field"), "a field") : null;
        var word = rule.Require("operator", $"one of {string.Join(", ", QueryBuilderOperators.All)}", out var op) ? _faults.Text(op, rule.PathOf("operator"), "an operator") : null;
        rule.TryTake("value", out var value);
        if (rule.TryTake("match", out var match))
        {
            rule.Finish();
            return field is null ? null : new QueryBuilderEvents(faults, parseNumbers).Read(field, match, value, path);
        }

        rule.Finish();
        var known = word is null ? null : QueryBuilderOperators.OursOf(word);
        if (word is not null && known is null)
        {
            _faults.Add(rule.PathOf("operator"), $"Must be one of {string.Join(", ", QueryBuilderOperators.All)}.");
        }

        return field is not null && known is var (ours, isNegated) ? Build(field, ours, isNegated, value, path) : null;
    }

    private Condition? Build(string field, string op, bool isNegated, JsonElement value, string path)
    {
        if (QueryBuilderFields.Compose(field, op, QueryBuilderValues.Of(value, op, QueryBuilderFields.IsNumber(field) || parseNumbers)) is not { } json)
        {
            _faults.Add($"{path}/field", QueryBuilderFields.Help(field));
            return null;
        }

        return ReadPart(json, path) is not { } condition ? null : isNegated ? new NoneOf(path, [condition]) : condition;
    }

    /// <summary>Reads what a rule was turned into, and tells of its faults by the names that a rule has.</summary>
    private Condition? ReadPart(JsonNode json, string path)
    {
        var found = new List<DefinitionFault>();
        using var document = JsonDocument.Parse(json.ToJsonString());
        var condition = ConditionReader.Read(document.RootElement, found, path);
        foreach (var fault in found)
        {
            var member = fault.Path == $"{path}/op" ? "operator" : fault.Path.StartsWith($"{path}/value", StringComparison.Ordinal) ? fault.Path[(path.Length + 1)..] : "field";
            _faults.Add(fault.Path == path ? path : $"{path}/{member}", fault.Message);
        }

        return condition;
    }

    private bool ReadFlag(Members members, string name)
    {
        if (!members.TryTake(name, out var json))
        {
            return false;
        }

        _faults.AddWhen(json.ValueKind is not (JsonValueKind.True or JsonValueKind.False), members.PathOf(name), "Must be true or false.");
        return json.ValueKind == JsonValueKind.True;
    }

    /// <summary>Where something stands in the place of a text that is none; such a document cannot be taken apart and put together again.</summary>
    private static string? FindBrokenText(JsonElement json, string path)
    {
        try
        {
            return json.ValueKind switch
            {
                JsonValueKind.String => json.GetString() is null ? path : null,
                JsonValueKind.Array => json.EnumerateArray().Select((each, index) => FindBrokenText(each, $"{path}/{index}")).FirstOrDefault(found => found is not null),
                JsonValueKind.Object => json.EnumerateObject().Select(each => FindBrokenText(each.Value, Members.Append(path, each.Name))).FirstOrDefault(found => found is not null),
                _ => null,
            };
        }
        catch (InvalidOperationException)
        {
            return path;
        }
    }

    private static void IgnoreWhatSaysNothing(Members members)
    {
        foreach (var name in (ReadOnlySpan<string>)["id", "path", "disabled", "muted"])
        {
            members.TryTake(name, out _);
        }
    }
}
