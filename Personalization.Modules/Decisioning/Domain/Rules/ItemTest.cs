using System.Collections.Frozen;
using System.Text.Json;
using Personalization.Features.Contracts;

namespace Personalization.Decisioning.Domain.Rules;

/// <summary>
/// A condition on an item of the catalogue. Asked once for each version of an item, and then remembered as a bit (<see cref="RuleSet"/>), so it may take its
/// time. Immutable.
/// </summary>
internal abstract class ItemTest
{
    public abstract bool Holds(in ItemFacts item);
}

/// <summary>An item as tests see it.</summary>
/// <param name="Id">The shop's.</param>
/// <param name="Item">Null when only events have named it.</param>
/// <param name="Attributes">An object; undefined when it has none.</param>
internal readonly record struct ItemFacts(string Id, CatalogItem? Item, JsonElement Attributes);

/// <summary>All, any or none of several.</summary>
internal sealed class GroupTest(ItemTest[] of, bool isAll, bool isNegated) : ItemTest
{
    public override bool Holds(in ItemFacts item)
    {
        foreach (var each in of)
        {
            if (each.Holds(in item) != isAll)
            {
                return isAll == isNegated;
            }
        }

        return isAll != isNegated;
    }
}

internal enum ItemOperator : byte
{
    Equal,
    NotEqual,
    Less,
    AtMost,
    Greater,
    AtLeast,
    Between,
    In,
    NotIn,
    Contains,
    StartsWith,
    EndsWith,
    Exists,
    NotExists,
}

/// <summary>
/// Compares one value. Of a list of values one is enough. A value that is not there, or of another kind, satisfies ne, nin and notExists and nothing else.
/// Texts are compared ordinally.
/// </summary>
internal sealed class FieldTest(ItemField field, ItemOperator test, string[] texts, double[] numbers, bool? truth) : ItemTest
{
    private readonly FrozenSet<string> _texts = texts.ToFrozenSet(StringComparer.Ordinal);

    public override bool Holds(in ItemFacts item) => test switch
    {
        ItemOperator.NotEqual or ItemOperator.NotIn => !IsAny(field.Of(in item)),
        ItemOperator.NotExists => field.Of(in item).Kind == JsonValueKind.Undefined,
        ItemOperator.Exists => field.Of(in item).Kind != JsonValueKind.Undefined,
        _ => IsAny(field.Of(in item)),
    };

    private bool IsAny(ItemValue value)
    {
        if (value.Kind != JsonValueKind.Array)
        {
            return IsMatch(value);
        }

        foreach (var each in value.List.EnumerateArray())
        {
            if (IsMatch(ItemValue.Of(each)))
            {
                return true;
            }
        }

        return false;
    }

    private bool IsMatch(ItemValue value) => value.Kind switch
    {
        JsonValueKind.String => IsMatch(value.Text!),
        JsonValueKind.Number => IsMatch(value.Number),
        JsonValueKind.True or JsonValueKind.False => truth is { } wanted && wanted == (value.Kind == JsonValueKind.True),
        _ => false,
    };

    private bool IsMatch(string text) => test switch
    {
        ItemOperator.Contains => texts.Length > 0 && text.Contains(texts[0], StringComparison.Ordinal),
        ItemOperator.StartsWith => texts.Length > 0 && text.StartsWith(texts[0], StringComparison.Ordinal),
        ItemOperator.EndsWith => texts.Length > 0 && text.EndsWith(texts[0], StringComparison.Ordinal),
        ItemOperator.Equal or ItemOperator.NotEqual or ItemOperator.In or ItemOperator.NotIn => _texts.Contains(text),
        _ => false,
    };

    private bool IsMatch(double number) => numbers.Length > 0 && test switch
    {
        ItemOperator.Less => number < numbers[0],
        ItemOperator.AtMost => number <= numbers[0],
        ItemOperator.Greater => number > numbers[0],
        ItemOperator.AtLeast => number >= numbers[0],
        ItemOperator.Between => number >= numbers[0] && number <= numbers[1],
        ItemOperator.Equal or ItemOperator.NotEqual or ItemOperator.In or ItemOperator.NotIn => Array.IndexOf(numbers, number) >= 0,
        _ => false,
    };
}
