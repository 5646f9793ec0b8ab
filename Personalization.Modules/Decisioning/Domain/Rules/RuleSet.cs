using System.Collections.Concurrent;
using System.Collections.Frozen;
using System.Collections.Immutable;
using System.Text.Json;
using Personalization.Features.Contracts;

namespace Personalization.Decisioning.Domain.Rules;

/// <summary>
/// All rules that apply, compiled. Whether an item is meant by a rule is asked once for each version of the item and remembered as a bit beside it, so a
/// decision reads a few words of an item however many rules there are and whatever they ask. Any thread; replaced whole when a rule changes.
/// </summary>
internal sealed class RuleSet
{
    private readonly ICatalog _catalog;
    private readonly ImmutableArray<Rule> _tested;
    private readonly ImmutableArray<Rule> _valued;
    private readonly FrozenDictionary<string, int> _bits;
    private readonly FrozenDictionary<string, RulePlan> _plans;
    private readonly RulePlan _general;
    private readonly ItemColumn<ItemMarks> _marks;
    private readonly ConcurrentDictionary<string, int> _values = new(StringComparer.Ordinal);
    private readonly Func<string, int> _number;
    private int _numbers;

    public RuleSet(IEnumerable<Rule> rules, ICatalog catalog)
    {
        _catalog = catalog;
        _marks = new ItemColumn<ItemMarks>(catalog, Mark);
        _number = _ => Interlocked.Increment(ref _numbers);
        Rules = [.. rules.OrderByDescending(rule => rule.Priority).ThenBy(rule => rule.Id, StringComparer.Ordinal)];
        _tested = [.. Rules.Where(rule => rule.Items is not null)];
        _valued = [.. Rules.Where(rule => rule.By is not null)];
        _bits = _tested.Concat(_valued).Select(rule => rule.Id)
            .Zip(Enumerable.Range(0, _tested.Length).Concat(Enumerable.Range(0, _valued.Length)))
            .ToFrozenDictionary(pair => pair.First, pair => pair.Second, StringComparer.Ordinal);
        _general = PlanOf(rule => rule.Placements.Count == 0);
        _plans = Rules.SelectMany(rule => rule.Placements).Distinct(StringComparer.Ordinal)
            .ToFrozenDictionary(name => name, name => PlanOf(rule => rule.IsOf(name)), StringComparer.Ordinal);
    }

    /// <summary>In the order in which they apply.</summary>
    public ImmutableArray<Rule> Rules { get; }

    public RulePlan For(string placement) => _plans.GetValueOrDefault(placement, _general);

    /// <summary>What the rules say of an item, as the catalogue describes it now.</summary>
    public ItemMarks MarksOf(int item) => _marks[item];

    private RulePlan PlanOf(Predicate<Rule> isMeant) =>
        new([.. Rules.Where(rule => isMeant(rule)).Select(rule => new PlannedRule(rule, _bits.GetValueOrDefault(rule.Id, -1)))]);

    private ItemMarks Mark(int item, CatalogItem? current)
    {
        using var attributes = Parse(current?.Attributes);
        var facts = new ItemFacts(_catalog.IdOf(item), current, attributes?.RootElement ?? default);
        var first = 0UL;
        var more = _tested.Length <= 64 ? [] : new ulong[(_tested.Length - 1) / 64];
        for (var i = 0; i < _tested.Length; i++)
        {
            ref var word = ref first;
            if (i >= 64)
            {
                word = ref more[(i >> 6) - 1];
            }

            word |= _tested[i].Items!.Holds(in facts) ? 1UL << (i & 63) : 0;
        }

        var values = _valued.Length == 0 ? [] : new int[_valued.Length];
        for (var i = 0; i < values.Length; i++)
        {
            // Values are told apart within one rule only: those of another have another name.
            values[i] = _valued[i].By!.Of(in facts).Key is { } key ? _values.GetOrAdd(key, _number) : -1;
        }

        return new ItemMarks(first, more, values);
    }

    private static JsonDocument? Parse(string? attributes)
    {
        try
        {
            return attributes is null ? null : JsonDocument.Parse(attributes);
        }
        catch (JsonException) // The catalogue has checked it; if it is broken all the same, the item has no attributes.
        {
            return null;
        }
    }
}

/// <summary>What rules say of one version of an item. Immutable; the first 64 rules are answered without following a reference.</summary>
/// <param name="Bits">Which of them mean it.</param>
/// <param name="MoreBits">Which of the others do.</param>
/// <param name="Values">For each diversification, a number for what it has in common with others; -1 for nothing.</param>
internal readonly record struct ItemMarks(ulong Bits, ulong[] MoreBits, int[] Values)
{
    public bool IsMeant(int bit) => ((bit < 64 ? Bits : MoreBits[(bit >> 6) - 1]) & (1UL << (bit & 63))) != 0;
}

/// <summary>A rule and where its items are marked: a bit, of a diversification the place of the value, -1 for a pin.</summary>
internal readonly record struct PlannedRule(Rule Rule, int Mark);

/// <summary>The rules of one placement, in their order.</summary>
internal sealed class RulePlan(ImmutableArray<PlannedRule> rules)
{
    public ImmutableArray<PlannedRule> Rules => rules;

    /// <summary>Whether candidates are moved, so that there should be more of them than places.</summary>
    public bool Arranges { get; } = rules.Any(planned => planned.Rule.Action is not (RuleAction.Exclude or RuleAction.Filter));
}
