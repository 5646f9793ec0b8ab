using System.Collections.Immutable;

namespace Personalization.Features.Domain.Conditions;

/// <summary>
/// Which properties of events a definition looks at, so that whoever defines it can keep them (<see cref="History.IKeptProperties.Keep"/>) before
/// it is compiled. Events that came earlier lack those that were not kept then.
/// </summary>
internal static class ConditionProperties
{
    /// <summary>Paths, in ordinal order; without <c>revenue</c> and <c>name</c>, which every event has.</summary>
    public static IReadOnlyCollection<string> Of(Condition condition)
    {
        var found = new SortedSet<string>(StringComparer.Ordinal);
        Collect(condition, found);
        return found;
    }

    public static IReadOnlyCollection<string> Of(EventPattern pattern)
    {
        var found = new SortedSet<string>(StringComparer.Ordinal);
        Collect(pattern, found);
        return found;
    }

    /// <summary>Where the context of an event is kept.</summary>
    public static string PathOfContext(string name) => $"context.{name}";

    /// <summary>Whether it asks for any property of an event but its revenue, or for context: on profiles that lack them it would answer otherwise.</summary>
    public static bool AreAskedFor(Condition condition) => condition switch
    {
        AllOf all => all.Of.Any(AreAskedFor),
        AnyOf any => any.Of.Any(AreAskedFor),
        NoneOf none => none.Of.Any(AreAskedFor),
        Comparison comparison => comparison.Source == ValueSource.Context || IsProperty(comparison.Source, comparison.Name),
        EventMeasure measure => AreAskedFor(measure.Pattern) || (measure.Of is (var source, var name) && IsProperty(source, name)),
        Sequence sequence => sequence.Steps.Any(step => AreAskedFor(step.Pattern)),
        InSegment or OnList or RandomShare or ConsentIs => false,
        _ => true, // A funnel has patterns of its own.
    };

    private static bool AreAskedFor(EventPattern pattern) => pattern.Where is { } where && AreAskedFor(where);

    private static bool IsProperty(ValueSource source, string name) => source == ValueSource.Property && name != "revenue";

    private static void Collect(Condition condition, SortedSet<string> found)
    {
        switch (condition)
        {
            case AllOf all:
                Collect(all.Of, found);
                break;
            case AnyOf any:
                Collect(any.Of, found);
                break;
            case NoneOf none:
                Collect(none.Of, found);
                break;
            case Comparison { Source: ValueSource.Property } comparison:
                Add(comparison.Name, found);
                break;
            case Comparison { Source: ValueSource.Context } comparison:
                found.Add(PathOfContext(comparison.Name));
                break;
            case EventMeasure measure:
                Collect(measure.Pattern, found);
                if (measure.Of is (ValueSource.Property, var name))
                {
                    Add(name, found);
                }

                break;
            case Sequence sequence:
                foreach (var step in sequence.Steps)
                {
                    Collect(step.Pattern, found);
                }

                break;
        }
    }

    private static void Collect(ImmutableArray<Condition> of, SortedSet<string> found)
    {
        foreach (var each in of)
        {
            Collect(each, found);
        }
    }

    private static void Collect(EventPattern pattern, SortedSet<string> found)
    {
        if (pattern.Where is { } where)
        {
            Collect(where, found);
        }
    }

    private static void Add(string name, SortedSet<string> found)
    {
        if (name is not ("revenue" or "name"))
        {
            found.Add(name);
        }
    }
}
