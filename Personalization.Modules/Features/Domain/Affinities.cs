using System.Runtime.InteropServices;
using Personalization.Features.Contracts;

namespace Personalization.Features.Domain;

/// <summary>
/// How much a profile cares for a few categories or brands, decayed by event time. Forward decay: an event weighs
/// weight × 2^((t − landmark) / half-life), so nothing is ever re-weighed, the order of arrival does not matter, and a late event
/// falls where it belongs. Source: Cormode et al., "Forward Decay" (ICDE 2009).
/// </summary>
internal struct Affinities
{
    /// <summary>Terms kept: the lightest makes room for a heavier newcomer.</summary>
    public const int Capacity = 8;
    private Entry[]? _entries;
    private int _count;

    public readonly ReadOnlySpan<Entry> Entries => _entries.AsSpan(0, _count);

    public void Add(int term, double weight)
    {
        for (var i = 0; i < _count; i++)
        {
            if (_entries![i].Term == term)
            {
                _entries[i].Weight += weight;
                return;
            }
        }

        if (_count < Capacity)
        {
            if (_count == (_entries?.Length ?? 0))
            {
                Array.Resize(ref _entries, Math.Max(2, _count * 2));
            }

            _entries![_count++] = new Entry { Term = term, Weight = weight };
            return;
        }

        ref var lightest = ref Lightest();
        if (weight > lightest.Weight)
        {
            lightest = new Entry { Term = term, Weight = weight };
        }
    }

    public void AddAll(Affinities others)
    {
        foreach (var entry in others.Entries)
        {
            Add(entry.Term, entry.Weight);
        }
    }

    public void Restore(ReadOnlySpan<Entry> entries)
    {
        _entries = entries.IsEmpty ? null : entries.ToArray();
        _count = entries.Length;
    }

    /// <summary>Copies heaviest first, weights decayed to a reference time by <paramref name="scale"/>.</summary>
    public readonly int CopyTo(Span<Affinity> heaviestFirst, double scale)
    {
        var entries = _entries;
        var count = Math.Min(Math.Min(_count, entries?.Length ?? 0), heaviestFirst.Length);
        for (var i = 0; i < count; i++)
        {
            var affinity = new Affinity(entries![i].Term, (float)(entries[i].Weight * scale));
            var at = i;
            for (; at > 0 && heaviestFirst[at - 1].Weight < affinity.Weight; at--)
            {
                heaviestFirst[at] = heaviestFirst[at - 1];
            }

            heaviestFirst[at] = affinity;
        }

        return count;
    }

    private readonly ref Entry Lightest()
    {
        var lightest = 0;
        for (var i = 1; i < _count; i++)
        {
            lightest = _entries![i].Weight < _entries[lightest].Weight ? i : lightest;
        }

        return ref _entries![lightest];
    }

    [StructLayout(LayoutKind.Sequential, Pack = 4)]
    public struct Entry
    {
        public int Term;
        public double Weight;
    }
}
