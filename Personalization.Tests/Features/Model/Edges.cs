using Personalization.Features.Domain.Conditions;
using Personalization.Features.Domain.Funnels;

namespace Personalization.Tests.Features.Model;

/// <summary>
/// Every time at which a condition could turn by time alone: whatever a condition compares now with is a time of the person's, moved by a
/// duration of the condition, or a time of the condition itself. Too many is right.
/// </summary>
internal static class Edges
{
    /// <summary>Ascending, after one time and not after another.</summary>
    public static IEnumerable<long> Of(
        IEnumerable<Condition> conditions, Person person, long afterMs, long untilMs,
        IReadOnlyDictionary<string, FeatureSpec>? features = null, IReadOnlyDictionary<string, FunnelDefinition>? funnels = null)
    {
        var (durations, times, named) = (new HashSet<long> { 0 }, new HashSet<long>(), new HashSet<string>());
        foreach (var condition in conditions)
        {
            Gather(condition, durations, times, named);
        }

        foreach (var funnel in named.Select(name => funnels?.GetValueOrDefault(name)).OfType<FunnelDefinition>())
        {
            durations.UnionWith(funnel.Steps.Select(step => step.WithinMs).Append(funnel.WithinMs).Append(funnel.CompletedForMs).OfType<long>());
        }

        foreach (var spec in named.Select(name => features?.GetValueOrDefault(name)).OfType<FeatureSpec>())
        {
            var parts = spec.Parts is var (over, under) ? [features![over], features[under]] : new[] { spec };
            times.UnionWith(parts.SelectMany(part => OracleFeatures.Edges(part, person.Events, afterMs, untilMs)));
        }

        durations.Add(person.SessionGapMs);
        var anchors = person.Events.Select(happened => happened.TimeMs)
            .Concat(person.Traits.Values.SelectMany(trait => new[] { trait.ExpiresAtMs == long.MaxValue ? 0 : trait.ExpiresAtMs, trait.Value is double time ? (long)time : 0 }))
            .Distinct()
            .ToList();
        var all = new SortedSet<long>(times);
        foreach (var anchor in anchors)
        {
            foreach (var duration in durations)
            {
                foreach (var moved in (ReadOnlySpan<long>)[anchor + duration, anchor - duration])
                {
                    all.Add(moved);

                    // An edge that belongs to what is before it.
                    all.Add(moved + 1);
                }
            }
        }

        return all.Where(time => time > afterMs && time <= untilMs);
    }

    private static void Gather(Condition condition, HashSet<long> durations, HashSet<long> times, HashSet<string> named)
    {
        switch (condition)
        {
            case AllOf all:
                Each(all.Of, durations, times, named);
                break;
            case AnyOf any:
                Each(any.Of, durations, times, named);
                break;
            case NoneOf none:
                Each(none.Of, durations, times, named);
                break;
            case Comparison { Operator: ComparisonOperator.WithinLast or ComparisonOperator.MoreThanAgo or ComparisonOperator.WithinNext } relative:
                durations.Add((long)relative.Values[0].Number);
                break;
            case Comparison { Source: ValueSource.Feature } feature:
                named.Add(feature.Name);
                break;
            case FunnelStage funnel:
                named.Add(funnel.Funnel);
                break;
            case EventMeasure measure:
                Gather(measure.Window, durations, times);
                Each(measure.Pattern.Where is { } where ? [where] : [], durations, times, named);
                break;
            case Sequence sequence:
                Gather(sequence.Window, durations, times);
                foreach (var step in sequence.Steps)
                {
                    durations.Add(step.WithinMs ?? 0);
                    Each(step.Pattern.Where is { } on ? [on] : [], durations, times, named);
                }

                break;
        }
    }

    private static void Gather(TimeWindow window, HashSet<long> durations, HashSet<long> times)
    {
        durations.Add(window.WithinMs ?? 0);
        times.Add(window.SinceMs ?? 0);
        times.Add(window.UntilMs ?? 0);
    }

    private static void Each(IEnumerable<Condition> conditions, HashSet<long> durations, HashSet<long> times, HashSet<string> named)
    {
        foreach (var condition in conditions)
        {
            Gather(condition, durations, times, named);
        }
    }
}
