using System.Collections.Immutable;
using System.Text;
using System.Text.Json;

namespace Personalization.Features.Domain.Conditions.Reading;

/// <summary>Reads operators and the values that they take.</summary>
internal static class ComparisonReader
{
    /// <summary><c>{"trait":"plan","op":"eq","value":"gold"}</c>, with another source for trait.</summary>
    public static Comparison? Read(Members members, ValueSource source, Faults faults)
    {
        var word = Words.Of(source);
        members.TryTake(word, out var named);
        var name = faults.Name(named, members.PathOf(word), $"the name of a {word}");
        if (source == ValueSource.Product && name is not null && !Words.ProductFields.Contains(name))
        {
            faults.Add(members.PathOf(word), $"A product has {string.Join(", ", Words.ProductFields)}.");
            name = null;
        }

        var allowed = source is ValueSource.Property or ValueSource.Product ? Words.OfEvents : Words.All;
        return ReadOperator(members, allowed, isNumber: false, faults) is var (comparison, values) && name is not null
            ? new Comparison(members.Path, source, name, comparison, values)
            : null;
    }

    /// <summary><c>op</c> and <c>value</c>.</summary>
    public static (ComparisonOperator Operator, ImmutableArray<Literal> Values)? ReadOperator(
        Members members, ComparisonOperator[] allowed, bool isNumber, Faults faults)
    {
        if (!members.Require("op", $"one of {string.Join(", ", allowed.Select(Words.Of))}", out var op))
        {
            members.TryTake("value", out _);
            return null;
        }

        var path = members.PathOf("op");
        if (faults.Text(op, path, "an operator") is not { } word)
        {
            members.TryTake("value", out _);
            return null;
        }

        if (Words.Operator(word) is not { } comparison || !allowed.Contains(comparison))
        {
            faults.Add(path, $"Must be one of {string.Join(", ", allowed.Select(Words.Of))}.");
            members.TryTake("value", out _);
            return null;
        }

        return ReadValues(members, comparison, isNumber, faults) is { } values ? (comparison, values) : null;
    }

    private static ImmutableArray<Literal>? ReadValues(Members members, ComparisonOperator comparison, bool isNumber, Faults faults)
    {
        if (comparison is ComparisonOperator.Exists or ComparisonOperator.NotExists)
        {
            return [];
        }

        if (!members.Require("value", "what it is compared with", out var value))
        {
            return null;
        }

        var path = members.PathOf("value");
        return comparison switch
        {
            ComparisonOperator.Equal or ComparisonOperator.NotEqual => One(ReadOne(value, path, isNumber ? Kinds.Numbers : Kinds.All, faults)),
            ComparisonOperator.Between => ReadBounds(value, path, isNumber ? Kinds.Numbers : Kinds.Ordered, faults),
            ComparisonOperator.In or ComparisonOperator.NotIn => ReadMany(value, path, faults),
            ComparisonOperator.Contains or ComparisonOperator.StartsWith or ComparisonOperator.EndsWith => One(ReadPart(value, path, faults)),
            ComparisonOperator.WithinLast or ComparisonOperator.MoreThanAgo or ComparisonOperator.WithinNext =>
                faults.Length(value, path) is { } ms ? [new Literal(ScalarKind.Number, ms)] : null,
            _ => One(ReadOne(value, path, isNumber ? Kinds.Numbers : Kinds.Ordered, faults)),
        };
    }

    private static ImmutableArray<Literal>? One(Literal? literal) => literal is { } one ? [one] : null;

    private static Literal? ReadOne(JsonElement value, string path, Kinds kinds, Faults faults)
    {
        switch (value.ValueKind)
        {
            case JsonValueKind.True when kinds == Kinds.All:
                return new Literal(ScalarKind.True);
            case JsonValueKind.False when kinds == Kinds.All:
                return new Literal(ScalarKind.False);
            case JsonValueKind.String when kinds != Kinds.Numbers:
                return ReadText(value, path, faults);
            case JsonValueKind.Number:
                return faults.Number(value, path, "a finite number") is { } number ? new Literal(ScalarKind.Number, number) : null;
            default:
                faults.Add(path, kinds switch
                {
                    Kinds.Numbers => "Must be a number.",
                    Kinds.Ordered => "Must be a number or a text.",
                    _ => "Must be a number, a text, true or false; for what is absent there is 'notExists'.",
                });
                return null;
        }
    }

    private static Literal? ReadText(JsonElement value, string path, Faults faults)
    {
        if (faults.Text(value, path, "a text") is not { } text)
        {
            return null;
        }

        if (Encoding.UTF8.GetByteCount(text) <= ConditionLimits.TextBytes)
        {
            return new Literal(ScalarKind.Text, Text: text);
        }

        faults.Add(path, $"Must be a text of at most {ConditionLimits.TextBytes} bytes of UTF-8: no more is kept of one, so it could never be equal.");
        return null;
    }

    private static Literal? ReadPart(JsonElement value, string path, Faults faults)
    {
        if (value.ValueKind == JsonValueKind.String && ReadText(value, path, faults) is var read && read is not { Text: "" })
        {
            return read;
        }

        faults.Add(path, "Must be a text that is not empty.");
        return null;
    }

    private static ImmutableArray<Literal>? ReadBounds(JsonElement value, string path, Kinds kinds, Faults faults)
    {
        if (value.ValueKind != JsonValueKind.Array || value.GetArrayLength() != 2)
        {
            faults.Add(path, "Must be an array of the two bounds, which both belong to it.");
            return null;
        }

        var low = ReadOne(value[0], $"{path}/0", kinds, faults);
        var high = ReadOne(value[1], $"{path}/1", kinds, faults);
        if (low is not { } from || high is not { } to)
        {
            return null;
        }

        if (from.Kind == to.Kind && (from.Kind == ScalarKind.Number ? from.Number <= to.Number : Utf8Order(from.Text!, to.Text!) <= 0))
        {
            return [from, to];
        }

        faults.Add(path, "The bounds must be of one kind, the lower one first.");
        return null;
    }

    private static int Utf8Order(string left, string right) => Encoding.UTF8.GetBytes(left).AsSpan().SequenceCompareTo(Encoding.UTF8.GetBytes(right));

    private static ImmutableArray<Literal>? ReadMany(JsonElement value, string path, Faults faults)
    {
        if (value.ValueKind != JsonValueKind.Array || value.GetArrayLength() is 0 or > ConditionLimits.Values)
        {
            faults.Add(path, $"Must be an array of 1 to {ConditionLimits.Values} values; for more there are lists.");
            return null;
        }

        var all = ImmutableArray.CreateBuilder<Literal>();
        var index = 0;
        foreach (var each in value.EnumerateArray())
        {
            if (ReadOne(each, $"{path}/{index++}", Kinds.All, faults) is { } literal)
            {
                all.Add(literal);
            }
        }

        return all.Count == index ? all.ToImmutable() : null;
    }

    private enum Kinds
    {
        All,
        Ordered,
        Numbers,
    }
}
