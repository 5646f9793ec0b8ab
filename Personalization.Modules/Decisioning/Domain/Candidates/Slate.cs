using Personalization.Decisioning.Contracts;

namespace Personalization.Decisioning.Domain.Candidates;

/// <summary>
/// The answer in the making: first a pool of candidates, in the end cut to what was asked for. Parts add to it in their order, and what a part
/// adds stands below what stands there already: its scores are scaled to fit under the last one. No item gets in twice, or against the
/// filter. While it gathers, each part has places of its own instead, and an item that several propose is one candidate with the evidence of all.
/// </summary>
internal sealed class Slate(ItemFilter filter, FeatureTable features)
{
    /// <summary>Most items of one answer.</summary>
    public const int MaxLimit = 100;

    /// <summary>Most candidates that steps may choose from.</summary>
    public const int MaxPool = 400;
    private readonly SlateEntry[] _entries = new SlateEntry[MaxPool];
    private readonly int[] _items = new int[MaxPool];
    private int _pool;
    private int _quota;
    private int _added;
    private bool _isGathering;

    /// <summary>Items that the answer is to have.</summary>
    public int Limit { get; private set; }

    public int Count { get; private set; }

    public int Missing => _isGathering ? Math.Min(_quota - _added, _pool - Count) : _pool - Count;

    public bool IsFull => Missing <= 0;

    /// <summary>What is in it, in order. Steps change scores, reorder and replace in place, and then say how many are left.</summary>
    public Span<SlateEntry> Entries => _entries.AsSpan(0, Count);

    public ref SlateEntry this[int place] => ref _entries[place];

    /// <summary>Number of the part that adds now.</summary>
    public byte Part { get; private set; }

    public void Begin(int limit, int pool)
    {
        Limit = limit;
        _pool = Math.Clamp(pool, limit, MaxPool);
        Count = 0;
        Part = 0;
        _isGathering = false;
    }

    /// <summary>From here on each part adds as many as it may, whatever the others propose.</summary>
    public void BeginGathering(int quota)
    {
        _isGathering = true;
        _quota = quota;
    }

    /// <summary>The next part has its turn.</summary>
    public void BeginPart(byte part)
    {
        Part = part;
        _added = 0;
    }

    /// <summary>All have had their turn: candidates stand in the order in which they were first proposed, until somebody ranks them.</summary>
    public void EndGathering()
    {
        _isGathering = false;
        for (var i = 0; i < Count; i++)
        {
            _entries[i].Score = 1 - ((float)i / (Count + 1));
            filter.Exclude(_entries[i].Item);
        }
    }

    /// <summary>Adds candidates, best first, until the pool is full.</summary>
    public void Add(ReadOnlySpan<ScoredItem> candidates, ReasonCode reason)
    {
        if (_isGathering)
        {
            Gather(candidates, reason);
            return;
        }

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
            Put(candidate, ceiling * Math.Clamp(candidate.Score / best, 0, 1), reason);
            _added++;
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
        _isGathering = false;
    }

    /// <summary>Stands as it stood when it was written down.</summary>
    public void Restore(ReadOnlySpan<SlateEntry> entries)
    {
        entries.CopyTo(_entries);
        Count = entries.Length;
    }

    private void Gather(ReadOnlySpan<ScoredItem> candidates, ReasonCode reason)
    {
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

            // A part that adds one at a time has no scores to compare; its order counts all the same.
            best = best > 0 ? best : Math.Max(candidate.Score, float.Epsilon);
            var place = _items.AsSpan(0, Count).IndexOf(candidate.Item);
            if (place < 0)
            {
                place = Count;
                _items[place] = candidate.Item;
                Put(candidate, 0, reason);
                _entries[place].Row = (ushort)(place + 1);
                features.Begin(place);
            }

            features.Propose(place, Part, Math.Clamp(candidate.Score / best, 0, 1), _added++);
        }
    }

    private void Put(in ScoredItem candidate, float score, ReasonCode reason) =>
        _entries[Count++] = new SlateEntry { Item = candidate.Item, Score = score, BecauseOf = candidate.BecauseOf, Reason = reason, Part = Part };
}
