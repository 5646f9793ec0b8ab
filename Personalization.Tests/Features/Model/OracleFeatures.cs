using Personalization.Features.Domain.Conditions;

namespace Personalization.Tests.Features.Model;

/// <summary>
/// Values of features, each from the list of all events that there are, as <c>docs/features.md</c> says. It keeps no state and knows nothing of panes but where
/// their edges are.
/// </summary>
internal static class OracleFeatures
{
    /// <summary>2015, from which panes are counted.</summary>
    private const long EpochMs = 1_420_070_400_000;

    /// <summary>Sessions, or last values, of which a feature of a session knows something still.</summary>
    private const int KeptSessions = 4;
    private const int KeptSessionsOfDistinct = 2;

    /// <summary>A value; null for none. Numbers are <see cref="double"/>. Of several that are equally heavy any may be the one: all of them.</summary>
    /// <param name="spec">Of what.</param>
    /// <param name="all">All specs, for ratios.</param>
    /// <param name="events">What the person did, or everybody with the item.</param>
    /// <param name="item">Whose value it is, if it is an item's.</param>
    /// <param name="person">Whose sessions.</param>
    /// <param name="nowMs">As of when.</param>
    public static IReadOnlyList<object?> Values(
        FeatureSpec spec, IReadOnlyDictionary<string, FeatureSpec> all, IEnumerable<PastEvent> events, string? item, Person person, long nowMs)
    {
        var history = events.ToList();
        if (spec.Parts is var (over, under))
        {
            var (above, below) = (Values(all[over], all, history, item, person, nowMs)[0], Values(all[under], all, history, item, person, nowMs)[0]);
            return [above is double a && below is double b && b != 0 ? a / b : null];
        }

        var seen = Observed(spec, history, item, person, nowMs).ToList();
        var counting = Counting(spec, seen, person, nowMs).ToList();
        return spec.Aggregate switch
        {
            "affinity" => Heaviest(spec, counting, nowMs),
            "last_n" => [.. counting.OrderByDescending(one => one.Order).Select(one => one.Value)],
            _ => [Value(spec, counting, nowMs)],
        };
    }

    /// <summary>Times after one and not after another at which a value may change by itself, but for those that lie at a session's end.</summary>
    public static IEnumerable<long> Edges(FeatureSpec spec, IEnumerable<PastEvent> events, long afterMs, long untilMs)
    {
        if (spec.GrainMs == 0)
        {
            yield break;
        }

        var starts = spec.Aggregate == "recency" ? events.Select(happened => happened.TimeMs).Append(EpochMs) : [EpochMs];
        foreach (var start in starts.Distinct())
        {
            for (var edge = start + (Math.Max(0, (afterMs - start) / spec.GrainMs) * spec.GrainMs); edge <= untilMs; edge += spec.GrainMs)
            {
                if (edge > afterMs)
                {
                    yield return edge;
                }
            }
        }
    }

    private static IEnumerable<Seen> Observed(FeatureSpec spec, List<PastEvent> history, string? item, Person person, long nowMs)
    {
        foreach (var happened in history.Where(happened => spec.Pattern.Names.Contains(happened.Name) && !IsLate(spec, happened)))
        {
            if (!spec.IsByLine)
            {
                if (Oracle.Matches(spec.Pattern, happened, person, nowMs) && Of(spec, happened, null, 0) is { } one)
                {
                    yield return one;
                }

                continue;
            }

            for (var line = 0; line < happened.Lines.Count; line++)
            {
                if ((item is null || happened.Lines[line].Id == item)
                    && Oracle.Matches(spec.Pattern, happened, happened.Lines[line], person, nowMs) && Of(spec, happened, happened.Lines[line], line) is { } one)
                {
                    yield return one;
                }
            }
        }
    }

    /// <summary>What was live is late when it had happened long before it came; before there was the feature nobody asked.</summary>
    private static bool IsLate(FeatureSpec spec, PastEvent happened) => !happened.IsHistorical && happened.AgeMs > (spec.LatenessMs ?? 86_400_000);

    private static Seen? Of(FeatureSpec spec, PastEvent happened, PastLine? line, int place)
    {
        var of = spec.Of is not { } source ? null
            : source.Source == ValueSource.Product ? Oracle.ProductOf(line!, source.Name)
            : Oracle.PropertyOf(happened, source.Name);
        var value = spec.By is { } by ? Oracle.ProductOf(line!, by) : of;
        var isMeasured = spec.Aggregate is "sum" or "average" or "min" or "max" || (spec.Decays && spec.Of is not null);
        var isKept = spec.Aggregate is "distinct" or "first" or "last" or "last_n" or "affinity";
        return (isMeasured && of is not double) || (isKept && value is null)
            ? null
            : new Seen((happened.TimeMs, happened.Place, place), happened.Session, isMeasured ? (decimal)Math.Round((double)of! * 1e6) : 1_000_000m, value);
    }

    /// <summary>Those that lie in the window as of a time, as far as they are known still.</summary>
    private static IEnumerable<Seen> Counting(FeatureSpec spec, List<Seen> seen, Person person, long nowMs)
    {
        if (spec.Window == Span.Sliding)
        {
            // What lies before the window of the newest is forgotten, which no later time could count.
            var kept = spec.Aggregate == "last_n" ? seen.OrderByDescending(one => one.Order).Take(spec.N) : seen;
            return kept.Where(one => PaneOf(spec, one.TimeMs) > PaneOf(spec, nowMs) - (spec.LengthMs / spec.GrainMs));
        }

        if (spec.Window == Span.Lifetime)
        {
            return spec.Aggregate == "last_n" ? seen.OrderByDescending(one => one.Order).Take(spec.N) : seen;
        }

        var inSessions = seen.Where(one => one.Session != 0).ToList();
        var known = spec.Aggregate switch
        {
            "last" => inSessions.OrderByDescending(one => one.Order).Take(KeptSessions),
            "last_n" => inSessions.OrderByDescending(one => one.Order).Take(spec.N),
            _ => inSessions.GroupBy(one => one.Session).OrderByDescending(session => session.Key)
                .Take(spec.Aggregate == "distinct" ? KeptSessionsOfDistinct : KeptSessions).SelectMany(session => session),
        };
        return known.Where(one => one.Session == SessionOf(person, nowMs));
    }

    /// <summary>The session that goes on; -1 for none.</summary>
    private static long SessionOf(Person person, long nowMs) =>
        Oracle.InOrder(person) is [.., { Session: not 0 } latest] && nowMs - latest.TimeMs < person.SessionGapMs ? latest.Session : -1;

    private static object? Value(FeatureSpec spec, List<Seen> counting, long nowMs)
    {
        var sum = counting.Sum(one => one.Millionths);
        return spec.Aggregate switch
        {
            "count" => (double)counting.Count,
            "sum" => (double)(sum / 1_000_000m),
            "rate" => (double)counting.Count * spec.PerMs / spec.LengthMs,
            "distinct" => (double)counting.Select(one => one.Value).Distinct().Count(),
            "decayed_sum" => counting.Sum(one => WeightOf(spec, one, nowMs)),
            _ when counting.Count == 0 => null,
            "average" => (double)(sum / 1_000_000m) / counting.Count,
            "min" => (double)(counting.Min(one => one.Millionths) / 1_000_000m),
            "max" => (double)(counting.Max(one => one.Millionths) / 1_000_000m),
            "first" => counting.MinBy(one => one.Order)!.Value,
            "last" => counting.MaxBy(one => one.Order)!.Value,
            "recency" => Math.Max(0, nowMs - counting.Max(one => one.TimeMs)) / spec.GrainMs * spec.GrainMs / 1_000.0,
            _ => throw new NotSupportedException(spec.Aggregate),
        };
    }

    private static IReadOnlyList<object?> Heaviest(FeatureSpec spec, List<Seen> counting, long nowMs)
    {
        var weights = counting.GroupBy(one => one.Value).ToDictionary(group => group.Key!, group => group.Sum(one => WeightOf(spec, one, nowMs)));
        var most = weights.Count == 0 ? 0 : weights.Values.Max();
        return most <= 0 ? [null] : [.. weights.Where(weight => weight.Value > most * (1 - 1e-3)).Select(weight => weight.Key)];
    }

    private static double WeightOf(FeatureSpec spec, Seen one, long nowMs) =>
        (double)one.Millionths / 1e6 * Math.Pow(2, (one.TimeMs - EpochMs - ((nowMs - EpochMs) / spec.GrainMs * spec.GrainMs)) / (double)spec.HalfLifeMs);

    private static long PaneOf(FeatureSpec spec, long timeMs) => (timeMs - EpochMs) / spec.GrainMs;

    /// <summary>What one event, or line of one, says.</summary>
    private sealed record Seen((long TimeMs, long Place, int Line) Order, long Session, decimal Millionths, object? Value)
    {
        public long TimeMs => Order.TimeMs;
    }
}
