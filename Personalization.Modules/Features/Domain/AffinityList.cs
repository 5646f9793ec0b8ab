using System.Runtime.CompilerServices;
using Personalization.Features.Contracts;

namespace Personalization.Features.Domain;

/// <summary>
/// How much a profile cares for a few categories or brands, decayed by event time. Forward decay: an event weighs
/// weight × 2^((t − landmark) / half-life), so nothing is ever re-weighed, the order of arrival does not matter, and a late event
/// falls where it belongs. Source: Cormode et al., "Forward Decay" (ICDE 2009).
/// Up to eight terms are exact; beyond, the lightest makes room for a heavier newcomer, and what it had is forgotten.
/// </summary>
[InlineArray(Capacity)]
internal struct AffinityList
{
    public const int Capacity = 8;

    /// <summary>Packed weight and term; 0 is an empty place, and empty places come last.</summary>
    private ulong _first;

    public readonly int Count
    {
        get
        {
            var count = 0;
            while (count < Capacity && this[count] != 0)
            {
                count++;
            }

            return count;
        }
    }

    /// <param name="term">A term number; -1 adds nothing.</param>
    /// <param name="weight">Forward weight; 0 adds nothing.</param>
    public void Add(int term, double weight)
    {
        if (term < 0 || !(weight > 0))
        {
            return;
        }

        var lightest = 0;
        for (var i = 0; i < Capacity; i++)
        {
            if (this[i] == 0)
            {
                this[i] = PackedEntry.OfWeight(term, weight);
                return;
            }

            if (PackedEntry.NumberOf(this[i]) == term)
            {
                this[i] = PackedEntry.OfWeight(term, PackedEntry.WeightOf(this[i]) + weight);
                return;
            }

            lightest = this[i] < this[lightest] ? i : lightest;
        }

        this[lightest] = Math.Max(this[lightest], PackedEntry.OfWeight(term, weight));
    }

    public void AddAll(ref readonly AffinityList others)
    {
        for (var i = 0; i < Capacity && others[i] != 0; i++)
        {
            Add(PackedEntry.NumberOf(others[i]), PackedEntry.WeightOf(others[i]));
        }
    }

    /// <summary>Copies heaviest first and returns how many; weights times <paramref name="scale"/>.</summary>
    public readonly int CopyTo(Span<Affinity> heaviestFirst, double scale)
    {
        Span<ulong> ordered = stackalloc ulong[Capacity];
        var count = 0;
        for (; count < Capacity && this[count] != 0; count++)
        {
            var at = count;
            for (; at > 0 && ordered[at - 1] < this[count]; at--)
            {
                ordered[at] = ordered[at - 1];
            }

            ordered[at] = this[count];
        }

        for (var i = 0; i < count; i++)
        {
            heaviestFirst[i] = new Affinity(PackedEntry.NumberOf(ordered[i]), (float)(PackedEntry.WeightOf(ordered[i]) * scale));
        }

        return count;
    }
}
