using System.Numerics;
using System.Runtime.InteropServices;
using Personalization.Features.Domain.History;

namespace Personalization.Features.Domain.Funnels;

/// <summary>An event, or one line of it, that a chain can end with at some step.</summary>
/// <param name="Event">Its place among the profile's facts.</param>
/// <param name="Ordinal">The same without what strictness overlooks.</param>
/// <param name="Product">Number of the product that is carried; -1 when none is.</param>
/// <param name="TimeMs">Its event time.</param>
/// <param name="StartMs">Event time of the first step: the latest of all chains that end here.</param>
/// <param name="Back">Place of the node before it at the step before; -1 at the first.</param>
internal readonly record struct ChainNode(int Event, int Ordinal, int Product, long TimeMs, long StartMs, int Back);

/// <summary>
/// Finds all ends of a chain in a profile's facts. For each event and step only the chain that began last is kept: whatever comes later, a later
/// beginning leaves it more time, so nothing is lost. Room is reused: one thread at a time.
/// </summary>
internal sealed class ChainRun
{
    [ThreadStatic]
    private static ChainRun? t_run;

    private readonly List<ChainNode>[] _nodes = [.. Enumerable.Range(0, StepChain.MaxSteps).Select(_ => new List<ChainNode>())];
    private readonly int[] _lastAbsent = new int[StepChain.MaxSteps];

    /// <summary>The calling thread's own.</summary>
    public static ChainRun OfThread => t_run ??= new ChainRun();

    /// <summary>Place of the last event that strictness does not overlook, counted as <see cref="ChainNode.Ordinal"/> is; -1 when there is none.</summary>
    public int LastOrdinal { get; private set; }

    /// <summary>All nodes at which a step, from 0, can be, oldest first.</summary>
    public ReadOnlySpan<ChainNode> At(int step) => CollectionsMarshal.AsSpan(_nodes[step]);

    /// <summary>Looks at the events of [from, to], with first steps before <paramref name="startsBeforeMs"/>.</summary>
    public void Run(StepChain chain, ProfileFacts facts, long fromMs, long toMs, long startsBeforeMs = long.MaxValue)
    {
        for (var step = 0; step < chain.Steps.Length; step++)
        {
            _nodes[step].Clear();
            _lastAbsent[step] = -1;
        }

        LastOrdinal = -1;
        var events = facts.Events;
        for (var i = FirstFrom(events, fromMs); i < events.Length && events[i].TimeMs <= toMs; i++)
        {
            ref readonly var fact = ref events[i];
            if (chain.IsStrict && !chain.IsIgnored(fact.Event))
            {
                LastOrdinal++;
            }

            // The last step first: an event that is two steps is not both of one chain.
            for (var mask = chain.StepsOf(fact.Event); mask != 0;)
            {
                var step = BitOperations.Log2((uint)mask);
                mask &= ~(1 << step);
                if (step > 0 || fact.TimeMs < startsBeforeMs)
                {
                    Reach(chain, facts, i, in fact, step);
                }
            }

            NoteAbsent(chain, facts, i, in fact);
        }
    }

    private void NoteAbsent(StepChain chain, ProfileFacts facts, int index, ref readonly Fact fact)
    {
        for (var mask = chain.AbsentOf(fact.Event); mask != 0; mask &= mask - 1)
        {
            var step = BitOperations.TrailingZeroCount(mask);
            if (chain.Steps[step].Absent!.Matches(facts, in fact))
            {
                _lastAbsent[step] = index;
            }
        }
    }

    private void Reach(StepChain chain, ProfileFacts facts, int index, ref readonly Fact fact, int step)
    {
        var matcher = chain.Steps[step].Matcher;
        if (!chain.CarriesProduct)
        {
            if (matcher.Matches(facts, in fact))
            {
                Reach(chain, facts, index, in fact, step, product: -1);
            }

            return;
        }

        foreach (ref readonly var line in facts.LinesOf(in fact))
        {
            if (ProductOf(chain, in line) is var product and >= 0 && matcher.Matches(facts, in fact, in line))
            {
                Reach(chain, facts, index, in fact, step, product);
            }
        }
    }

    private void Reach(StepChain chain, ProfileFacts facts, int index, ref readonly Fact fact, int step, int product)
    {
        if (!HasCarried(chain, facts, in fact))
        {
            return;
        }

        if (step == 0)
        {
            _nodes[0].Add(new ChainNode(index, LastOrdinal, product, fact.TimeMs, fact.TimeMs, -1));
            return;
        }

        var back = LatestStart(chain, facts, index, in fact, step, product);
        if (back >= 0)
        {
            _nodes[step].Add(new ChainNode(index, LastOrdinal, product, fact.TimeMs, At(step - 1)[back].StartMs, back));
        }
    }

    /// <summary>
    /// The node of the step before whose chain began last, or -1. From the newest back: nothing began later than it happened, so once that is
    /// earlier than the best beginning, the rest need no look.
    /// </summary>
    private int LatestStart(StepChain chain, ProfileFacts facts, int index, ref readonly Fact fact, int step, int product)
    {
        var before = At(step - 1);
        var within = Math.Min(chain.Steps[step].WithinMs, chain.WithinMs);
        var best = -1;
        var bestStartMs = long.MinValue;
        for (var i = before.Length - 1; i >= 0; i--)
        {
            ref readonly var node = ref before[i];
            if (node.Event >= index)
            {
                continue;
            }

            if (fact.TimeMs - node.TimeMs >= within || node.TimeMs <= bestStartMs || node.Event < _lastAbsent[step])
            {
                break;
            }

            if (chain.IsStrict && node.Ordinal != LastOrdinal - 1)
            {
                if (node.Ordinal < LastOrdinal - 1)
                {
                    break;
                }

                continue;
            }

            if (node.StartMs > bestStartMs && fact.TimeMs - node.StartMs < chain.WithinMs && node.Product == product && IsCarried(chain, facts, in fact, node.Event))
            {
                (best, bestStartMs) = (i, node.StartMs);
            }
        }

        return best;
    }

    private static bool HasCarried(StepChain chain, ProfileFacts facts, ref readonly Fact fact)
    {
        foreach (var carried in chain.Carried)
        {
            if (!carried.IsProduct && facts.ValueOf(in fact, carried.Key).Kind == ScalarKind.None)
            {
                return false;
            }
        }

        return true;
    }

    private static bool IsCarried(StepChain chain, ProfileFacts facts, ref readonly Fact fact, int before)
    {
        foreach (var carried in chain.Carried)
        {
            if (!carried.IsProduct && !IsSame(facts, facts.ValueOf(in fact, carried.Key), facts.ValueOf(in facts.Events[before], carried.Key)))
            {
                return false;
            }
        }

        return true;
    }

    private static bool IsSame(ProfileFacts facts, Scalar one, Scalar other) => one.Kind == other.Kind && one.Kind switch
    {
        ScalarKind.Number => one.AsNumber.Equals(other.AsNumber),
        ScalarKind.Text => one.TextIn(facts.Text).SequenceEqual(other.TextIn(facts.Text)),
        _ => true,
    };

    private static int ProductOf(StepChain chain, ref readonly FactLine line)
    {
        foreach (var carried in chain.Carried)
        {
            if (carried.IsProduct)
            {
                return carried.Part switch
                {
                    ProductPart.Category => line.CategoryTerm,
                    ProductPart.Brand => line.BrandTerm,
                    _ => line.Item,
                };
            }
        }

        return -1;
    }

    private static int FirstFrom(ReadOnlySpan<Fact> events, long fromMs)
    {
        var (low, high) = (0, events.Length);
        while (low < high)
        {
            var middle = (low + high) / 2;
            (low, high) = events[middle].TimeMs < fromMs ? (middle + 1, high) : (low, middle);
        }

        return low;
    }
}
