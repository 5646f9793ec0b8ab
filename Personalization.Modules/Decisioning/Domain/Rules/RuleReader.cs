using System.Collections.Frozen;
using System.Text.Json;
using Personalization.Decisioning.Domain.Documents;
using Personalization.Features.Contracts;

namespace Personalization.Decisioning.Domain.Rules;

/// <summary>Reads and compiles rules as <c>docs/rules.md</c> describes them.</summary>
internal sealed class RuleReader(IConditions conditions, Func<string, bool> isPlacement)
{
    private const int MaxPlacements = 100;
    private const int MaxNote = 500;
    private const int MaxIdLength = 256;
    private const float MaxFactor = 1_000;
    private const int MaxPlace = 100;

    private static readonly FrozenDictionary<string, RuleAction> Actions =
        Enum.GetValues<RuleAction>().ToFrozenDictionary(action => JsonNamingPolicy.CamelCase.ConvertName(action.ToString()), StringComparer.Ordinal);

    /// <summary>Null when it cannot be used at all.</summary>
    public Rule? Read(string id, int version, JsonElement body, List<DocumentFault> faults)
    {
        var before = faults.Count;
        var members = new DocumentMembers(body, "", faults);
        if (body.ValueKind != JsonValueKind.Object)
        {
            return null;
        }

        var action = ActionOf(members);
        members.Text("description", MaxNote);
        var placements = members.Texts("placements", MaxPlacements, 64);
        foreach (var unknown in placements.Where(name => !isPlacement(name)))
        {
            members.Fault("placements", $"There is no placement '{unknown}'.");
        }

        var rule = new Rule
        {
            Id = id,
            Version = version,
            Action = action ?? default,
            Placements = placements.ToFrozenSet(StringComparer.Ordinal),
            Priority = members.Whole("priority", -1_000, 1_000) ?? 0,
            FromMs = members.Time("from") ?? long.MinValue,
            UntilMs = members.Time("until") ?? long.MaxValue,
        };
        if (rule.FromMs >= rule.UntilMs)
        {
            members.Fault("until", "It must be after 'from', or the rule never applies.");
        }

        rule = action is null ? rule : ReadAction(rule, members, faults);
        if (action is null)
        {
            // Which of these mean something depends on the action: one fault is enough.
            Array.ForEach(["items", "item", "place", "factor", "atLeast", "atMost", "inFirst", "by"], name => members.Take(name));
        }

        var known = faults.Count == before;
        rule = rule with { When = ConditionIn(members, "when", conditions, faults, ref known) };
        members.Finish();
        return known && faults.TrueForAll(fault => fault.Pointer.StartsWith("/when", StringComparison.Ordinal)) ? rule : null;
    }

    /// <summary>A condition on the shopper; null when there is none.</summary>
    /// <param name="members">Of the document.</param>
    /// <param name="name">Of the member.</param>
    /// <param name="conditions">Compiles it.</param>
    /// <param name="faults">Gets what is wrong.</param>
    /// <param name="isUsable">Becomes false when it cannot be asked at all.</param>
    public static IShopperCondition? ConditionIn(DocumentMembers members, string name, IConditions conditions, List<DocumentFault> faults, ref bool isUsable)
    {
        if (members.Take(name) is not { } json)
        {
            return null;
        }

        var found = new List<ConditionFault>();
        var condition = conditions.Compile(json, members.PathOf(name), found);
        faults.AddRange(found.Select(fault => new DocumentFault(fault.Path, fault.Message)));
        isUsable &= condition is not null;
        return condition;
    }

    private static RuleAction? ActionOf(DocumentMembers members)
    {
        if (members.Take("action") is { ValueKind: JsonValueKind.String } text && Actions.TryGetValue(text.GetString()!, out var action))
        {
            return action;
        }

        members.Fault("action", $"It must be one of {string.Join(", ", Actions.Keys.Order(StringComparer.Ordinal))}.");
        return null;
    }

    private static Rule ReadAction(Rule rule, DocumentMembers members, List<DocumentFault> faults)
    {
        switch (rule.Action)
        {
            case RuleAction.Pin:
                return rule with
                {
                    Item = members.Text("item", MaxIdLength, isRequired: true),
                    Place = members.Whole("place", 1, MaxPlace, isRequired: true) ?? 1,
                };
            case RuleAction.Boost:
                return rule with { Items = ItemsIn(members, faults), Factor = (float)(members.Number("factor", 1, MaxFactor, isRequired: true) ?? 1) };
            case RuleAction.Bury:
                return rule with { Items = ItemsIn(members, faults), Factor = (float)(members.Number("factor", 0, 1, isRequired: true) ?? 1) };
            case RuleAction.Require:
                var required = rule with
                {
                    Items = ItemsIn(members, faults),
                    Count = members.Whole("atLeast", 1, MaxPlace, isRequired: true) ?? 1,
                    InFirst = members.Whole("inFirst", 1, MaxPlace, isRequired: true) ?? MaxPlace,
                };
                if (required.Count > required.InFirst)
                {
                    members.Fault("atLeast", "There are fewer places than items.");
                }

                return required;
            case RuleAction.Diversify:
                var by = members.Text("by", MaxIdLength, isRequired: true);
                var field = by is null ? null : ItemField.Find(by);
                if (by is not null && field is null)
                {
                    members.Fault("by", $"It must be one of {ItemField.Names}.");
                }

                return rule with
                {
                    By = field,
                    Count = members.Whole("atMost", 1, MaxPlace, isRequired: true) ?? 1,
                    InFirst = members.Whole("inFirst", 1, MaxPlace, isRequired: true) ?? MaxPlace,
                };
            default:
                return rule with { Items = ItemsIn(members, faults) };
        }
    }

    private static ItemTest? ItemsIn(DocumentMembers members, List<DocumentFault> faults)
    {
        if (members.Take("items") is { } json)
        {
            return new ItemTestReader(faults).Read(json, members.PathOf("items"));
        }

        members.Fault("items", "It must be a condition on items.");
        return null;
    }
}
