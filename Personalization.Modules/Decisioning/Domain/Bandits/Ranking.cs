namespace Personalization.Decisioning.Domain.Bandits;

/// <summary>Something that could be shown.</summary>
/// <param name="Id">The caller's name for it.</param>
/// <param name="Features">Hashed, the id among them.</param>
/// <param name="IsExcluded">Keeps its place in the answer and is never chosen.</param>
internal sealed record RankedAction(string Id, HashedFeature[] Features, bool IsExcluded);

/// <summary>What to show.</summary>
/// <param name="Chosen">Index of the action to show; -1 when all were excluded.</param>
/// <param name="Order">Indices: the chosen one first, the others by what is expected of them, excluded ones where they stood.</param>
/// <param name="Probabilities">With which each could have been chosen, by index; they add up to 1.</param>
internal sealed record Ranking(int Chosen, int[] Order, double[] Probabilities)
{
    /// <summary>
    /// Epsilon-greedy: the best as the model sees it, or one of all by chance, so that every action keeps a known probability and what is learnt
    /// does not depend on what was believed before.
    /// </summary>
    /// <param name="actions">In the order in which the caller would show them: the first of equals wins.</param>
    /// <param name="expected">What the model expects of each.</param>
    /// <param name="explorationShare">0 to 1.</param>
    /// <param name="chance">0 to 1, of the event alone.</param>
    public static Ranking Of(IReadOnlyList<RankedAction> actions, ReadOnlySpan<float> expected, double explorationShare, double chance)
    {
        var open = Enumerable.Range(0, actions.Count).Where(i => !actions[i].IsExcluded).ToArray();
        var probabilities = new double[actions.Count];
        if (open.Length == 0)
        {
            return new Ranking(-1, [.. Enumerable.Range(0, actions.Count)], probabilities);
        }

        var values = expected.ToArray();
        int[] byValue = [.. open.OrderByDescending(i => values[i]).ThenBy(i => i)];
        foreach (var i in open)
        {
            probabilities[i] = explorationShare / open.Length;
        }

        probabilities[byValue[0]] += 1 - explorationShare;
        var chosen = Draw(byValue, probabilities, chance);
        return new Ranking(chosen, Arrange(actions, [chosen, .. byValue.Where(i => i != chosen)]), probabilities);
    }

    private static int Draw(int[] actions, double[] probabilities, double chance)
    {
        foreach (var action in actions)
        {
            chance -= probabilities[action];
            if (chance < 0)
            {
                return action;
            }
        }

        return actions[0];
    }

    private static int[] Arrange(IReadOnlyList<RankedAction> actions, int[] open)
    {
        var (order, next) = (new int[actions.Count], 0);
        for (var i = 0; i < order.Length; i++)
        {
            order[i] = actions[i].IsExcluded ? i : open[next++];
        }

        return order;
    }
}
