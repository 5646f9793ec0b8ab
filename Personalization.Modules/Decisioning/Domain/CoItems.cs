using System.Numerics;

namespace Personalization.Decisioning.Domain;

/// <summary>
/// What goes together with one item: a bounded list of partners with decayed weights. Decay is forward: an event at time t weighs
/// 2^((t - reference) / half-life), so order of arrival does not matter and nothing is aged in place; the reference
/// moves on only when the numbers grow large. A partner that finds the list full takes the place of the lightest and
/// inherits its weight (Space-Saving, Metwally et al., 2005); what was inherited is remembered and never counted as evidence. A
/// partner from an import does so only if it is the heavier one: it is not new, it is merely heard of late.
/// </summary>
internal sealed class CoItems
{
    private const double LargestExponent = 30;

    /// <summary>Arrays of one length, replaced together when the list grows.</summary>
    public Cells Partners { get; private set; } = new(4);

    public int Count { get; private set; }

    /// <summary>Decayed sum of all weights ever added: how popular the item is as a partner.</summary>
    public float Total { get; private set; }

    public long ReferenceMs { get; private set; } = long.MinValue;

    public bool IsDirty { get; set; }

    /// <summary>Factor from the weights as stored to weights as of a time.</summary>
    public float AsOf(long timeMs, double halfLifeMs) => (float)double.Exp2((ReferenceMs - timeMs) / halfLifeMs);

    public void Add(int partner, float weight, long timestampMs, double halfLifeMs, int capacity, bool isHistorical = false)
    {
        var added = weight * Factor(timestampMs, halfLifeMs);
        Total += added;
        var cells = Partners;
        var place = cells.Items.AsSpan(0, Count).IndexOf(partner);
        if (place >= 0)
        {
            cells.Weights[place] += added;
            return;
        }

        if (Count < capacity)
        {
            Append(partner, added, 0, capacity);
            return;
        }

        place = Lightest(cells.Weights.AsSpan(0, Count));
        if (isHistorical && added < cells.Weights[place])
        {
            return;
        }

        cells.Items[place] = partner;
        cells.Inherited[place] = cells.Weights[place];
        cells.Weights[place] += added;
    }

    /// <summary>Takes a stored list back.</summary>
    public void Restore(long referenceMs, float total)
    {
        ReferenceMs = referenceMs;
        Total = total;
    }

    public void Append(int partner, float weight, float inherited, int capacity)
    {
        if (Count == Partners.Items.Length)
        {
            Partners = Partners.Grown(Math.Min(capacity, Count * 2));
        }

        var cells = Partners;
        cells.Items[Count] = partner;
        cells.Weights[Count] = weight;
        cells.Inherited[Count] = inherited;
        Count++;
    }

    private float Factor(long timestampMs, double halfLifeMs)
    {
        if (ReferenceMs == long.MinValue)
        {
            ReferenceMs = timestampMs;
        }

        var exponent = (timestampMs - ReferenceMs) / halfLifeMs;
        if (exponent > LargestExponent)
        {
            Rebase(timestampMs, (float)double.Exp2(-exponent));
            exponent = 0;
        }

        return (float)double.Exp2(exponent);
    }

    private void Rebase(long referenceMs, float factor)
    {
        for (var i = 0; i < Count; i++)
        {
            Partners.Weights[i] *= factor;
            Partners.Inherited[i] *= factor;
        }

        Total *= factor;
        ReferenceMs = referenceMs;
    }

    private static int Lightest(ReadOnlySpan<float> weights)
    {
        var lightest = weights[0];
        var rest = weights;
        if (weights.Length >= Vector<float>.Count)
        {
            var lanes = new Vector<float>(weights);
            for (rest = weights[Vector<float>.Count..]; rest.Length >= Vector<float>.Count; rest = rest[Vector<float>.Count..])
            {
                lanes = Vector.Min(lanes, new Vector<float>(rest));
            }

            for (var i = 0; i < Vector<float>.Count; i++)
            {
                lightest = MathF.Min(lightest, lanes[i]);
            }
        }

        foreach (var weight in rest)
        {
            lightest = MathF.Min(lightest, weight);
        }

        return weights.IndexOf(lightest);
    }

    internal sealed record Cells(int[] Items, float[] Weights, float[] Inherited)
    {
        public Cells(int length)
            : this(new int[length], new float[length], new float[length])
        {
        }

        public Cells Grown(int length)
        {
            var (items, weights, inherited) = (Items, Weights, Inherited);
            Array.Resize(ref items, length);
            Array.Resize(ref weights, length);
            Array.Resize(ref inherited, length);
            return new Cells(items, weights, inherited);
        }
    }
}
