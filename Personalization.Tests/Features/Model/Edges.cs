using Personalization.Features.Domain.Conditions;

namespace Personalization.Tests.Features.Model;

/// <summary>
/// Every time at which a condition could turn by time alone: whatever a condition compares now with is a time of the person's, moved by a
/// duration of the condition, or a time of the condition itself. Too many is right.
/// </summary>
internal static class Edges
{
    /// <summary>Ascending, after one time and not after another.</summary>
    public static IEnumerable<long> Of(IEnumerable<Condition> conditions, Person person, long afterMs, long untilMs)
    {
        var (durations, times) = (new HashSet<long> { 0 }, new HashSet<long>());
        foreach (var condition in conditions)
        {
            Gather(condition, durations, times);
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

    private static void Gather(Condition condition, HashSet<long> durations, HashSet<long> times)
    {
        switch (condition)
        {
            case AllOf all:
                Each(all.Of, durations, times);
                break;
            case AnyOf any:
                Each(any.Of, durations, times);
                break;
            case NoneOf none:
                Each(none.Of, durations, times);
                break;
            case Comparison { Operator: ComparisonOperator.WithinLast or ComparisonOperator.MoreThanAgo or ComparisonOperator.WithinNext } relative:
                durations.Add((long)relative.Values[0].Number);
                break;
            case EventMeasure measure:
                Gather(measure.Window, durations, times);
                Each(measure.Pattern.Where is { } where ? [where] : [], durations, times);
                break;
            case Sequence sequence:
                Gather(sequence.Window, durations, times);
                foreach (var step in sequence.Steps)
                {
                    durations.Add(step.WithinMs ?? 0);
                    Each(step.Pattern.Where is { } on ? [on] : [], durations, times);
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

    private static void Each(IEnumerable<Condition> conditions, HashSet<long> durations, HashSet<long> times)
    {
        foreach (var condition in conditions)
        {
            Gather(condition, durations, times);
        }
    }
}
