using System.Collections.Immutable;
using System.Text;
using System.Text.Json;
using Personalization.Kernel.Time;

namespace Personalization.Features.Domain.Conditions.Reading;

/// <summary>Reads conditions on events: which, when, and what is measured.</summary>
internal static class EventReader
{
    /// <summary><c>{"event":…,"where":…,"within":…,"count":{…}}</c>.</summary>
    public static EventMeasure? Read(Members members, int depth, Faults faults)
    {
        var pattern = ReadPattern(members, depth, faults);
        var window = ReadWindow(members, faults);
        var measure = ReadMeasure(members, faults);
        return pattern is not null && window is not null && measure is var (kind, of, comparison, values)
            ? new EventMeasure(members.Path, pattern, window, kind, of, comparison, values)
            : null;
    }

    /// <summary><c>event</c>, one name or several, and <c>where</c>.</summary>
    public static EventPattern? ReadPattern(Members members, int depth, Faults faults)
    {
        var names = members.Require("event", "the name of an event, or several", out var named) ? ReadNames(named, members.PathOf("event"), faults) : null;
        if (!members.TryTake("where", out var json))
        {
            return names is { } any ? new EventPattern(any, null) : null;
        }

        var where = TreeReader.ReadWhere(json, members.PathOf("where"), depth + 1, faults);
        return names is { } some && where is not null ? new EventPattern(some, where) : null;
    }

    /// <summary><c>within</c>, or <c>since</c> and <c>until</c>, or <c>session</c>.</summary>
    public static TimeWindow? ReadWindow(Members members, Faults faults)
    {
        var within = members.TryTake("within", out var length) ? faults.Length(length, members.PathOf("within")) : null;
        var since = ReadTime(members, "since", faults);
        var until = ReadTime(members, "until", faults);
        var isSession = ReadSession(members, faults);
        string[] said = [.. Words.Windows.Where(members.Has)];
        if (said.Length > 1 && said is not ["since", "until"])
        {
            faults.Add(members.Path, $"Has {string.Join(" and ", said)}: a window is within, or since and until, or session.");
            return null;
        }

        if (since >= until)
        {
            faults.Add(members.PathOf("until"), "Must be later than since, of which it is the end.");
            return null;
        }

        return said.Count(name => name != "session") == (within is null ? 0 : 1) + (since is null ? 0 : 1) + (until is null ? 0 : 1) && isSession is { } session
            ? new TimeWindow(within, since, until, session)
            : null;
    }

    private static ImmutableArray<string>? ReadNames(JsonElement json, string path, Faults faults)
    {
        if (json.ValueKind != JsonValueKind.Array)
        {
            return faults.Name(json, path, "the name of an event") is { } one ? [one] : null;
        }

        if (json.GetArrayLength() is 0 or > ConditionLimits.EventNames)
        {
            faults.Add(path, $"Must be a name, or an array of 1 to {ConditionLimits.EventNames} names.");
            return null;
        }

        var names = ImmutableArray.CreateBuilder<string>();
        var index = 0;
        foreach (var each in json.EnumerateArray())
        {
            if (faults.Name(each, $"{path}/{index++}", "the name of an event") is { } name)
            {
                names.Add(name);
            }
        }

        return names.Count == index ? names.ToImmutable() : null;
    }

    private static long? ReadTime(Members members, string name, Faults faults)
    {
        if (!members.TryTake(name, out var json) || faults.Text(json, members.PathOf(name), "a time such as \"2026-05-01T00:00:00Z\"") is not { } text)
        {
            return null;
        }

        // Numbers as text are left to clients: what a person writes here is a date.
        if (text.Contains('-') && text.Length <= 40 && UnixTime.TryParse(Encoding.UTF8.GetBytes(text), out var ms))
        {
            return ms;
        }

        faults.Add(members.PathOf(name), "Must be a time as ISO 8601 has it, such as \"2026-05-01\" or \"2026-05-01T12:30:00+02:00\"; without an offset it is UTC.");
        return null;
    }

    private static bool? ReadSession(Members members, Faults faults)
    {
        if (!members.TryTake("session", out var json))
        {
            return false;
        }

        if (json.ValueKind == JsonValueKind.True)
        {
            return true;
        }

        faults.Add(members.PathOf("session"), "Must be true, or not there.");
        return null;
    }

    private static (Measure Kind, (ValueSource, string)? Of, ComparisonOperator Operator, ImmutableArray<Literal> Values)? ReadMeasure(Members members, Faults faults)
    {
        string[] said = [.. Words.Measures.Where(members.Has)];
        foreach (var word in Words.Measures)
        {
            members.TryTake(word, out _);
        }

        if (said.Length == 0)
        {
            return (Measure.Count, null, ComparisonOperator.AtLeast, [new Literal(ScalarKind.Number, 1)]);
        }

        if (said.Length > 1)
        {
            faults.Add(members.Path, $"Has {string.Join(" and ", said)}: one thing is measured; 'all' joins several conditions.");
            return null;
        }

        var kind = (Measure)Array.IndexOf(Words.Measures, said[0]);
        members.TryTake(said[0], out var json);
        if (Members.Of(json, members.PathOf(said[0]), faults, "an operator and a value") is not { } inner)
        {
            return null;
        }

        var hasOf = TryReadOf(inner, kind, faults, out var of);
        var allowed = kind is Measure.Min or Measure.Max or Measure.Average ? Words.OfMaybeNumbers : Words.OfNumbers;
        var compared = ComparisonReader.ReadOperator(inner, allowed, isNumber: true, faults);
        inner.Finish();
        return hasOf && compared is var (comparison, values) ? (kind, of, comparison, values) : null;
    }

    /// <summary>What is measured: <c>property</c> or <c>product</c>; nothing for counts and days.</summary>
    private static bool TryReadOf(Members members, Measure kind, Faults faults, out (ValueSource, string)? of)
    {
        of = null;
        if (kind is Measure.Count or Measure.Days)
        {
            return true;
        }

        var hasProperty = members.TryTake("property", out var property);
        var hasProduct = members.TryTake("product", out var product);
        if (hasProperty == hasProduct)
        {
            faults.Add(members.Path, "Must say what is measured: 'property' or 'product'.");
            return false;
        }

        string[] fields = kind == Measure.Distinct ? Words.ProductFields : ["price", "quantity"];
        var source = hasProperty ? ValueSource.Property : ValueSource.Product;
        var path = members.PathOf(Words.Of(source));
        if (faults.Name(hasProperty ? property : product, path, "a name") is not { } name)
        {
            return false;
        }

        if ((hasProduct && !fields.Contains(name)) || (hasProperty && name == "name" && kind != Measure.Distinct))
        {
            faults.Add(path, $"Must be {(hasProduct ? $"one of {string.Join(", ", fields)}" : "a number: the name of an event is none")}.");
            return false;
        }

        of = (source, name);
        return true;
    }
}
