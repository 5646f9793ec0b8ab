using System.Buffers.Binary;
using Personalization.Kernel.Checkpoints;

namespace Personalization.Decisioning.Domain;

/// <summary>
/// What is popular in the shop, over days, and what rises, over hours. Events add to decayed counts under a short lock; a
/// background loop ranks them now and then (<see cref="Rebuild"/>), so that no decision ever sorts the shop.
/// </summary>
internal sealed class Popularity(TimeSpan popularHalfLife, TimeSpan trendingHalfLife, int maxItems)
{
    private readonly Lock _writing = new();
    private readonly DecayedCounts _long = new(popularHalfLife);
    private readonly DecayedCounts _short = new(trendingHalfLife);
    private readonly PopularityRanking _ranking = new();
    private readonly List<int> _dirty = [];
    private (int Category, int Brand)[] _terms = [];
    private bool[] _isDirty = [];
    private int _count;
    private long _newestMs = long.MinValue;
    private long _learnt;
    private long _ranked;
    private volatile PopularitySnapshot _snapshot = PopularitySnapshot.Empty;

    public PopularitySnapshot Snapshot => _snapshot;

    public TimeSpan PopularHalfLife => popularHalfLife;

    public TimeSpan TrendingHalfLife => trendingHalfLife;

    /// <param name="item">Dense item number.</param>
    /// <param name="weight">By kind of event.</param>
    /// <param name="timestampMs">Event time.</param>
    /// <param name="category">Term of the item's category; -1 when the event does not tell.</param>
    /// <param name="brand">Term of the item's brand; -1 when the event does not tell.</param>
    /// <param name="isHistorical">Whether it was imported: an item's former category is not its category.</param>
    public void Learn(int item, float weight, long timestampMs, int category, int brand, bool isHistorical = false)
    {
        if ((uint)item >= (uint)maxItems)
        {
            return;
        }

        lock (_writing)
        {
            Ensure(item);
            ref var terms = ref _terms[item];
            var isOld = isHistorical && timestampMs < _newestMs;
            terms = (Term(terms.Category, category, isOld), Term(terms.Brand, brand, isOld));
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

    private static int Term(int known, int told, bool isOld) => told < 0 || (isOld && known >= 0) ? known : told;

    /// <summary>Ranks anew when something was learnt since the last time; returns whether. One caller at a time.</summary>
    public bool Rebuild()
    {
        PopularityFrame frame;
        lock (_writing)
        {
            if (_learnt == _ranked)
            {
                return false;
            }

            _ranked = _learnt;
            frame = new PopularityFrame(
                _count, _long.Values, _short.Values, _terms, _long.AsOf(_newestMs), _short.AsOf(_newestMs), _short.HalfLifeMs / _long.HalfLifeMs);
        }

        _snapshot = _ranking.Rank(frame);
        return true;
    }

    /// <summary>How popular an item is against the most popular one, 0 to 1, as of some moment ago. Any thread.</summary>
    public double ShareOf(int item)
    {
        var values = _long.Values;
        return _snapshot.Popular is [var top, ..] && top.Item < values.Length && item < values.Length && values[top.Item] > 0
            ? Math.Clamp(values[item] / values[top.Item], 0, 1)
            : 0;
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
