using Personalization.Features.Contracts;
using Personalization.Features.Domain.History;

namespace Personalization.Features.Domain.Conditions.Compiled;

/// <summary>A condition on one event, and on one of its lines where it asks about products. Immutable.</summary>
internal abstract class FactTest
{
    public abstract bool AsksProducts { get; }

    public abstract bool Holds(ProfileFacts facts, ref readonly Fact fact, ref readonly FactLine line);
}

/// <summary>All, any or none of several.</summary>
internal sealed class FactGroup(FactTest[] of, FactGroup.Rule rule) : FactTest
{
    public override bool AsksProducts { get; } = Array.Exists(of, each => each.AsksProducts);

    public override bool Holds(ProfileFacts facts, ref readonly Fact fact, ref readonly FactLine line)
    {
        foreach (var each in of)
        {
            if (each.Holds(facts, in fact, in line) != (rule == Rule.All))
            {
                return rule == Rule.Any;
            }
        }

        return rule != Rule.Any;
    }

    internal enum Rule
    {
        All,
        Any,
        None,
    }
}

/// <summary>A property that is kept; -1 for one that is not, which no event has.</summary>
internal sealed class PropertyTest(int key, ValueTest test) : FactTest
{
    public override bool AsksProducts => false;

    public override bool Holds(ProfileFacts facts, ref readonly Fact fact, ref readonly FactLine line)
    {
        var value = key < 0 ? default : facts.ValueOf(in fact, key);
        return test.Holds(value.Kind, value.AsNumber, value.Kind == ScalarKind.Text ? value.TextIn(facts.Text) : default);
    }
}

/// <summary>What the event is worth.</summary>
internal sealed class RevenueTest(ValueTest test) : FactTest
{
    public override bool AsksProducts => false;

    public override bool Holds(ProfileFacts facts, ref readonly Fact fact, ref readonly FactLine line) =>
        NumberTest.Holds(test, fact.Revenue);
}

/// <summary>The canonical name of the event.</summary>
internal sealed class NameTest(IEventNames names, ValueTest test) : FactTest
{
    public override bool AsksProducts => false;

    public override bool Holds(ProfileFacts facts, ref readonly Fact fact, ref readonly FactLine line) => TextTest.Holds(test, names[fact.Event]);
}

/// <summary>A price or a quantity.</summary>
internal sealed class LineNumberTest(bool isPrice, ValueTest test) : FactTest
{
    public override bool AsksProducts => true;

    public override bool Holds(ProfileFacts facts, ref readonly Fact fact, ref readonly FactLine line) =>
        NumberTest.Holds(test, isPrice ? line.Price : line.Quantity);
}

/// <summary>
/// Id, category or brand. By text: one that has no number today may come to have one, and a definition must not have to be compiled anew for it.
/// </summary>
internal sealed class LineTextTest(ICatalog catalog, LineTextTest.Field field, ValueTest test) : FactTest
{
    /// <summary>
    /// What was found of numbers lately, since the text of a number never changes: the number plus 1, and in the lowest bit the answer. Whole words,
    /// so any thread may write.
    /// </summary>
    private readonly ulong[] _known = new ulong[64];

    public override bool AsksProducts => true;

    public override bool Holds(ProfileFacts facts, ref readonly Fact fact, ref readonly FactLine line)
    {
        var number = field switch
        {
            Field.Id => line.Item,
            Field.Category => line.CategoryTerm,
            _ => line.BrandTerm,
        };
        return number < 0 ? test.Holds(ScalarKind.None, 0, default) : Holds(number);
    }

    private bool Holds(int number)
    {
        ref var place = ref _known[number % _known.Length];
        var known = Volatile.Read(ref place);
        if (known >> 1 == (ulong)number + 1)
        {
            return (known & 1) != 0;
        }

        var holds = TextTest.Holds(test, field == Field.Id ? catalog.IdOf(number) : catalog.TermOf(number));
        Volatile.Write(ref place, (((ulong)number + 1) << 1) | (holds ? 1UL : 0));
        return holds;
    }

    internal enum Field
    {
        Id,
        Category,
        Brand,
    }
}

internal static class NumberTest
{
    /// <summary>NaN is absent.</summary>
    public static bool Holds(ValueTest test, float value) =>
        float.IsFinite(value) ? test.Holds(ScalarKind.Number, Amount.Of(value), default) : test.Holds(ScalarKind.None, 0, default);
}

internal static class TextTest
{
    /// <summary>As much of a name as its UTF-8 fits: names of items and events are no longer than <see cref="NameDirectory.MaxBytes"/>.</summary>
    public static bool Holds(ValueTest test, string text)
    {
        Span<byte> utf8 = stackalloc byte[NameDirectory.MaxBytes];
        System.Text.Unicode.Utf8.FromUtf16(text, utf8, out _, out var written);
        return test.Holds(ScalarKind.Text, 0, utf8[..written]);
    }
}
