using Personalization.Kernel.Checkpoints;

namespace Personalization.Decisioning.Domain;

/// <summary>
/// What is popular in a context: an hour of the day, a segment. Of each context a bounded list of its most popular items with decayed weights
/// (<see cref="CoItems"/>); ranked now and then by how many and by how many more than elsewhere. Writers take a short lock, readers none.
/// </summary>
/// <param name="keys">Stable numbers of the contexts, as rows are kept under; the first twenty-four are the hours of the day.</param>
/// <param name="halfLife">After which a count weighs half.</param>
/// <param name="maxItems">Items with a higher number are not learnt.</param>
internal sealed class ContextPopularity(IReadOnlyList<long> keys, TimeSpan halfLife, int maxItems)
{
    public const int Hours = 24;

    /// <summary>Items of a context: several slates, and room for those that are only passing through.</summary>
    private const int ItemsPerContext = 200;

    /// <summary>Weight below which a difference from elsewhere is taken for chance.</summary>
    private const double Doubt = 10;
    private const long LargestStep = 10_000;
    private readonly Lock _writing = new();
    private readonly double _halfLifeMs = halfLife.TotalMilliseconds;
    private readonly CoItems[] _contexts = [.. keys.Select(_ => new CoItems())];
    private long _newestMs = long.MinValue;
    private long _learnt;
    private long _ranked;
    private volatile ScoredItem[][] _lists = [.. keys.Select(_ => Array.Empty<ScoredItem>())];

    /// <summary>A context's items, best first, as of the last ranking.</summary>
    public ReadOnlySpan<ScoredItem> Of(int context) => _lists[context];

    public TimeSpan HalfLife => halfLife;

    /// <param name="contexts">Numbers of the contexts that the event belongs to.</param>
    /// <param name="item">Dense item number.</param>
    /// <param name="weight">By kind of event.</param>
    /// <param name="timestampMs">Event time.</param>
    /// <param name="isHistorical">Whether it was imported.</param>
    public void Learn(ReadOnlySpan<int> contexts, int item, float weight, long timestampMs, bool isHistorical = false)
    {
        if ((uint)item >= (uint)maxItems)
        {
            return;
        }

        lock (_writing)
        {
            _newestMs = Math.Max(_newestMs, timestampMs);
            Volatile.Write(ref _learnt, _learnt + 1);
            foreach (var context in contexts)
            {
                _contexts[context].Add(item, weight, timestampMs, _halfLifeMs, ItemsPerContext, isHistorical);
                _contexts[context].IsDirty = true;
            }
        }
    }

    /// <summary>
    /// Ranks anew when a hundredth more was learnt since the last time, or ten thousand events. One caller at a time. Holds no lock: a count
    /// that moves under the ranking is one event ahead.
    /// </summary>
    public void Rebuild()
    {
        var learnt = Volatile.Read(ref _learnt);
        if (learnt - _ranked <= Math.Min(_ranked / 100, LargestStep))
        {
            return;
        }

        _ranked = learnt;
        var (everywhere, total) = SumOfHours();
        _lists = [.. _contexts.Select(context => Rank(context, everywhere, total))];
    }

    public void Collect(CheckpointWriter writer, byte table)
    {
        lock (_writing)
        {
            for (var context = 0; context < _contexts.Length; context++)
            {
                if (_contexts[context].IsDirty)
                {
                    CoItemsRow.Put(writer, table, keys[context], _contexts[context]);
                }
            }
        }
    }

    /// <summary>Takes the rows back. Those of a segment that is not configured any more stay where they are.</summary>
    public void Load(CheckpointReader reader, byte table)
    {
        reader.Visit(table, (key, row) =>
        {
            for (var context = 0; context < keys.Count; context++)
            {
                if (keys[context] == key)
                {
                    CoItemsRow.Take(row, _contexts[context], ItemsPerContext);
                    _newestMs = Math.Max(_newestMs, _contexts[context].ReferenceMs);
                    _learnt++;
                }
            }
        });
        Rebuild();
    }

    /// <summary>Every event has its hour, so the hours together are the shop.</summary>
    private (Dictionary<int, double> Items, double Total) SumOfHours()
    {
        var (items, total) = (new Dictionary<int, double>(), 0d);
        foreach (var hour in _contexts.AsSpan(0, Hours))
        {
            var scale = hour.Count == 0 ? 0 : hour.AsOf(_newestMs, _halfLifeMs);
            total += hour.Total * scale;
            var cells = hour.Partners;
            for (var i = 0; i < Math.Min(hour.Count, cells.Items.Length); i++)
            {
                items[cells.Items[i]] = items.GetValueOrDefault(cells.Items[i]) + ((cells.Weights[i] - cells.Inherited[i]) * scale);
            }
        }

        return (items, total);
    }

    /// <summary>By weight, times the root of how much more it is than the item's share of the whole shop lets expect.</summary>
    private ScoredItem[] Rank(CoItems context, Dictionary<int, double> everywhere, double total)
    {
        var scale = context.AsOf(_newestMs, _halfLifeMs);
        var ranked = new List<ScoredItem>(context.Count);
        var cells = context.Partners;
        for (var i = 0; i < Math.Min(context.Count, cells.Items.Length); i++)
        {
            var item = cells.Items[i];
            var weight = (cells.Weights[i] - cells.Inherited[i]) * scale;
            if (weight > 0)
            {
                var expected = total > 0 ? context.Total * scale * everywhere.GetValueOrDefault(item) / total : 0;
                ranked.Add(new ScoredItem(item, (float)(weight * Math.Sqrt((weight + Doubt) / (expected + Doubt))), -1));
            }
        }

        return [.. ranked.OrderByDescending(scored => scored.Score).ThenBy(scored => scored.Item)];
    }
}
