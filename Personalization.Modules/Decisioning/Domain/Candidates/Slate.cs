using Personalization.Decisioning.Contracts;

namespace Personalization.Decisioning.Domain.Candidates;

/// <summary>
/// The answer in the making: first a pool of candidates, in the end cut to what was asked for. Parts add to it in their order, and what a part
/// adds stands below what stands there already: its scores are scaled to fit under the last one. No item gets in twice, or against the
/// filter.
/// </summary>
internal sealed class Slate(ItemFilter filter)
{
    /// <summary>Most items of one answer.</summary>
    public const int MaxLimit = 100;

    /// <summary>Most candidates that steps may choose from.</summary>
    public const int MaxPool = 400;
    private readonly SlateEntry[] _entries = new SlateEntry[MaxPool];
    private int _pool;

    /// <summary>Items that the answer is to have.</summary>
    public int Limit { get; private set; }

    public int Count { get; private set; }

    public int Missing => _pool - Count;

    public bool IsFull => Count >= _pool;

    /// <summary>What is in it, in order. Steps change scores, reorder and replace in place, and then say how many are left.</summary>
    public Span<SlateEntry> Entries => _entries.AsSpan(0, Count);

    public ref SlateEntry this[int place] => ref _entries[place];

    public void Begin(int limit, int pool)
    {
        Limit = limit;
        _pool = Math.Clamp(pool, limit, MaxPool);
        Count = 0;
    }

    /// <summary>Adds candidates, best first, until the pool is full.</summary>
    public void Add(ReadOnlySpan<ScoredItem> candidates, ReasonCode reason)
    {
        var ceiling = Count == 0 ? 1 : _entries[Count - 1].Score;
        var best = 0f;
        foreach (ref readonly var candidate in candidates)
        {
            if (IsFull)
            {
                return;
            }

            if (!filter.Allows(candidate.Item))
            {
                continue;
            }

            best = best > 0 ? best : Math.Max(candidate.Score, float.Epsilon);
            var score = ceiling * Math.Clamp(candidate.Score / best, 0, 1);
            _entries[Count++] = new SlateEntry { Item = candidate.Item, Score = score, BecauseOf = candidate.BecauseOf, Reason = reason };
            filter.Exclude(candidate.Item);
        }
    }

    /// <summary>Leaves the first ones only. The pool takes no more than the limit from here on.</summary>
    public void Cut(int count)
    {
        Count = Math.Min(Count, count);
        _pool = Limit;
    }

    /// <summary>Nothing is left, and what stood here may come again.</summary>
    public void Empty()
    {
        foreach (ref readonly var entry in Entries)
        {
            filter.Readmit(entry.Item);
        }

        Count = 0;
        _pool = Limit;
    }
}
