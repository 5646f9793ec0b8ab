using Personalization.Features.Domain.History;

namespace Personalization.Features.Domain.Conditions.Compiled;

/// <summary>Finds which events make up a chain: for explanations, so it may search and allocate.</summary>
internal static class SequenceTrace
{
    /// <summary>Places of the events of the best chain through the steps, newest first.</summary>
    /// <param name="facts">Of the profile.</param>
    /// <param name="bounds">When events count.</param>
    /// <param name="first">The first event that may.</param>
    /// <param name="stages">The steps.</param>
    /// <param name="levels">Of each step, what a chain that ends with each event is worth; the last has one.</param>
    public static List<int> Find(ProfileFacts facts, Bounds bounds, int first, ReadOnlySpan<SequenceStage> stages, IReadOnlyList<long[]> levels)
    {
        var last = first;
        for (var i = first; i < facts.Events.Length; i++)
        {
            last = levels[^1][i] != long.MinValue && levels[^1][i] >= levels[^1][last] ? i : last;
        }

        var beginMs = levels[^1][last];
        var trace = new List<int>();
        for (var step = stages.Length - 1; step > 0; step--)
        {
            var taken = Take(facts, bounds, first, stages[step], last);

            // The value of a chain is that of the chain before it, so one with this value comes before.
            var before = taken[^1] - 1;
            while (levels[step - 1][before] != beginMs || !MayFollow(facts, bounds, stages[step], before, taken))
            {
                before--;
            }

            trace.AddRange(taken);
            last = before;
        }

        trace.AddRange(Take(facts, bounds, first, stages[0], last));
        return trace;
    }

    /// <summary>As many events as a step takes, the latest up to an event.</summary>
    private static List<int> Take(ProfileFacts facts, Bounds bounds, int first, SequenceStage stage, int last)
    {
        var taken = new List<int>();
        for (var i = last; i >= first && taken.Count < stage.Times; i--)
        {
            ref readonly var fact = ref facts.Events[i];
            if (bounds.Includes(in fact) && stage.Pattern.Matches(facts, in fact))
            {
                taken.Add(i);
            }
        }

        return taken;
    }

    /// <summary>Whether a step may come after an event. With an absence between them, the first of several events becomes the next one after it.</summary>
    private static bool MayFollow(ProfileFacts facts, Bounds bounds, SequenceStage stage, int before, List<int> taken)
    {
        if (stage.WithinMs != long.MaxValue && facts.Events[taken[0]].TimeMs - facts.Events[before].TimeMs >= stage.WithinMs)
        {
            return false;
        }

        if (stage.AbsentBefore is not { } absent)
        {
            return true;
        }

        var next = before + 1;
        while (!bounds.Includes(in facts.Events[next]) || !stage.Pattern.Matches(facts, in facts.Events[next]) || (stage.Times == 1 && next < taken[0]))
        {
            if (absent.Matches(facts, in facts.Events[next]))
            {
                return false;
            }

            next++;
        }

        taken[^1] = next;
        return true;
    }
}
