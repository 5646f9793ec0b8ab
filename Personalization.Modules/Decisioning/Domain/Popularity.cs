using System.Buffers.Binary;
using System.Collections.Frozen;
using Personalization.Kernel.Checkpoints;

namespace Personalization.Decisioning.Domain;

/// <summary>
/// What is popular in the shop, over days, and what rises, over hours. Events add to decayed counts under a short lock; a
/// background loop ranks them now and then (<see cref="Rebuild"/>), so that no decision ever sorts the shop.
/// </summary>
internal sealed class Popularity(TimeSpan popularHalfLife, TimeSpan trendingHalfLife, int maxItems)
{
    private const int RankedItems = 1000;
    private const int RankedOfTerm = 50;
    private readonly Lock _writing = new();
    private readonly DecayedCounts _long = new(popularHalfLife);
    private readonly DecayedCounts _short = new(trendingHalfLife);
    private readonly List<int> _dirty = [];
    private (int Category, int Brand)[] _terms = [];
    private bool[] _isDirty = [];
    private int _count;
    private long _newestMs = long.MinValue;
    private long _learnt;
    private long _ranked;
    private volatile PopularitySnapshot _snapshot = PopularitySnapshot.Empty;

    public PopularitySnapshot Snapshot => _snapshot;

    /// <param name="item">Dense item number.</param>
    /// <param name="weight">By kind of event.</param>
    /// <param name="timestampMs">Event time.</param>
    /// <param name="category">Term of the item's category; -1 when the event does not tell.</param>
    /// <param name="brand">Term of the item's brand; -1 when the event does not tell.</param>
    public void Learn(int item, float weight, long timestampMs, int category, int brand)
    {
        if ((uint)item >= (uint)maxItems)
        {
            return;
        }

        lock (_writing)
        {
            Ensure(item);
            ref var terms = ref _terms[item];
            terms = (category < 0 ? terms.Category : category, brand < 0 ? terms.Brand : brand);
            var isMoved = _long.Add(item, weight, timestampMs) | _short.Add(item, weight, timestampMs);
            _newestMs = Math.Max(_newestMs, timestampMs);
            _learnt++;
            MarkDirty(item);
            for (var i = 0; isMoved && i < _count; i++)
            {
                MarkDirty(i);
            }
        }
    }

    /// <summary>Ranks anew when something was learnt since the last time; returns whether. One caller at a time.</summary>
    public bool Rebuild()
    {
        double[] popular;
        double[] trending;
        (int Category, int Brand)[] terms;
        lock (_writing)
        {
            if (_learnt == _ranked)
            {
                return false;
            }

            _ranked = _learnt;
            popular = _long.Values.AsSpan(0, _count).ToArray();
            trending = Lifts();
            terms = _terms.AsSpan(0, _count).ToArray();
        }

        _snapshot = new PopularitySnapshot(Rank(popular), Rank(trending), RankByTerm(popular, terms), popular.Length);
        return true;
    }

    public void Collect(CheckpointWriter writer, byte firstTable)
    {
        lock (_writing)
        {
            foreach (var item in _dirty)
            {
                Put(writer, firstTable, item);
            }

            _dirty.Clear();
            var totals = writer.Reserve((byte)(firstTable + 1), 0, 32);
            BinaryPrimitives.WriteInt64LittleEndian(totals, _long.LandmarkMs);
            BinaryPrimitives.WriteInt64LittleEndian(totals[8..], _short.LandmarkMs);
            BinaryPrimitives.WriteInt64LittleEndian(totals[16..], _newestMs);
            BinaryPrimitives.WriteInt64LittleEndian(totals[24..], _learnt);
        }
    }

    /// <summary>Takes the rows back and ranks them.</summary>
    public void Load(CheckpointReader reader, byte firstTable)
    {
        reader.Visit((byte)(firstTable + 1), (_, row) =>
        {
            _long.RestoreLandmark(BinaryPrimitives.ReadInt64LittleEndian(row));
            _short.RestoreLandmark(BinaryPrimitives.ReadInt64LittleEndian(row[8..]));
            _newestMs = BinaryPrimitives.ReadInt64LittleEndian(row[16..]);
            _learnt = BinaryPrimitives.ReadInt64LittleEndian(row[24..]);
        });
        reader.Visit(firstTable, Take);
        Rebuild();
    }

    /// <summary>
    /// How far the last hours exceed what the last days lead to expect, in standard deviations of a count: (s - e) / sqrt(e + 1). The
    /// reference time is the newest event's, not the clock's, so a replay of old events ranks as it did then.
    /// </summary>
    private double[] Lifts()
    {
        var lifts = new double[_count];
        var (asOfLong, asOfShort) = (_long.AsOf(_newestMs), _short.AsOf(_newestMs));
        var share = _short.HalfLifeMs / _long.HalfLifeMs;
        for (var i = 0; i < lifts.Length; i++)
        {
            var expected = _long.Values[i] * asOfLong * share;
            lifts[i] = ((_short.Values[i] * asOfShort) - expected) / Math.Sqrt(expected + 1);
        }

        return lifts;
    }

    private static ScoredItem[] Rank(double[] scores)
    {
        var largest = 0.0;
        foreach (var score in scores)
        {
            largest = Math.Max(largest, score);
        }

        var room = new ScoredItem[Math.Min(RankedItems, scores.Length)];
        var queue = new PriorityQueue<int, (double, int)>(room.Length + 1);
        for (var i = 0; i < scores.Length; i++)
        {
            if (scores[i] <= 0)
            {
                continue;
            }

            if (queue.Count < room.Length)
            {
                queue.Enqueue(i, (scores[i], -i));
            }
            else
            {
                queue.EnqueueDequeue(i, (scores[i], -i));
            }
        }

        var ranked = new ScoredItem[queue.Count];
        for (var place = ranked.Length - 1; place >= 0; place--)
        {
            var item = queue.Dequeue();
            ranked[place] = new ScoredItem(item, (float)(scores[item] / largest), -1);
        }

        return ranked;
    }

    private static FrozenDictionary<int, ScoredItem[]> RankByTerm(double[] scores, (int Category, int Brand)[] terms)
    {
        var order = new int[scores.Length];
        for (var i = 0; i < order.Length; i++)
        {
            order[i] = i;
        }

        Array.Sort(order, (a, b) => scores[a] > scores[b] ? -1 : scores[a] < scores[b] ? 1 : a.CompareTo(b));
        var lists = new Dictionary<int, List<ScoredItem>>();
        foreach (var item in order)
        {
            if (scores[item] > 0)
            {
                var scored = new ScoredItem(item, (float)(scores[item] / scores[order[0]]), -1);
                Put(terms[item].Category, scored);
                Put(terms[item].Brand, scored);
            }
        }

        return lists.ToFrozenDictionary(pair => pair.Key, pair => pair.Value.ToArray());

        void Put(int term, ScoredItem scored)
        {
            if (term < 0)
            {
                return;
            }

            ref var list = ref System.Runtime.InteropServices.CollectionsMarshal.GetValueRefOrAddDefault(lists, term, out _);
            list ??= [];
            if (list.Count < RankedOfTerm)
            {
                list.Add(scored);
            }
        }
    }

    private void Ensure(int item)
    {
        if (item >= _terms.Length)
        {
            var (old, length) = (_terms.Length, (int)System.Numerics.BitOperations.RoundUpToPowerOf2((uint)item + 1));
            Array.Resize(ref _terms, length);
            Array.Resize(ref _isDirty, length);
            _terms.AsSpan(old).Fill((-1, -1));
        }

        if (item >= _count)
        {
            _long.Restore(item, 0);
            _short.Restore(item, 0);
            _count = item + 1;
        }
    }

    private void MarkDirty(int item)
    {
        if (!_isDirty[item])
        {
            _isDirty[item] = true;
            _dirty.Add(item);
        }
    }

    private void Put(CheckpointWriter writer, byte table, int item)
    {
        _isDirty[item] = false;
        var row = writer.Reserve(table, item, 24);
        BinaryPrimitives.WriteDoubleLittleEndian(row, _long.Values[item]);
        BinaryPrimitives.WriteDoubleLittleEndian(row[8..], _short.Values[item]);
        BinaryPrimitives.WriteInt32LittleEndian(row[16..], _terms[item].Category);
        BinaryPrimitives.WriteInt32LittleEndian(row[20..], _terms[item].Brand);
    }

    private void Take(long key, ReadOnlySpan<byte> row)
    {
        if ((ulong)key >= (ulong)maxItems)
        {
            return;
        }

        var item = (int)key;
        Ensure(item);
        _long.Restore(item, BinaryPrimitives.ReadDoubleLittleEndian(row));
        _short.Restore(item, BinaryPrimitives.ReadDoubleLittleEndian(row[8..]));
        _terms[item] = (BinaryPrimitives.ReadInt32LittleEndian(row[16..]), BinaryPrimitives.ReadInt32LittleEndian(row[20..]));
    }
}
