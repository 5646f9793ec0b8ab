using System.Buffers.Binary;
using Personalization.Kernel.Checkpoints;

namespace Personalization.Decisioning.Domain;

/// <summary>
/// Which items go together: viewed in one session, or bought in one order. Bounded partners per item, decayed by event
/// time. Writers take a short lock, readers none: they may see a weight a moment late.
/// </summary>
internal sealed class CoOccurrence(int partnersPerItem, TimeSpan halfLife, int maxItems)
{
    private const float SeedDecay = 0.8f;
    private readonly Lock _writing = new();
    private readonly double _halfLifeMs = halfLife.TotalMilliseconds;
    private readonly List<int> _dirty = [];

    /// <summary>All evidence there ever was, decayed: what chance alone would bring together is reckoned from it.</summary>
    private readonly DecayedCounts _all = new(halfLife);
    private long _newestMs = long.MinValue;
    private volatile CoItems?[] _items = new CoItems?[1024];

    public int PartnersPerItem => partnersPerItem;

    public TimeSpan HalfLife => halfLife;

    /// <summary>Adds evidence in both directions.</summary>
    /// <param name="item">Dense item number.</param>
    /// <param name="other">The item that it goes together with.</param>
    /// <param name="weight">By kind of event.</param>
    /// <param name="timestampMs">Event time.</param>
    /// <param name="isHistorical">Whether it was imported: then it takes nothing's place that weighs more today.</param>
    public void Learn(int item, int other, float weight, long timestampMs, bool isHistorical = false)
    {
        if (item == other || (uint)item >= (uint)maxItems || (uint)other >= (uint)maxItems)
        {
            return;
        }

        lock (_writing)
        {
            Volatile.Write(ref _newestMs, Math.Max(_newestMs, timestampMs));
            _all.Add(0, 2 * weight, timestampMs);
            Add(item, other, weight, timestampMs, isHistorical);
            Add(other, item, weight, timestampMs, isHistorical);
        }
    }

    /// <summary>
    /// The best partners of some items, the last of which counts most. A partner's weight is damped by its own popularity (a
    /// cosine, so that bestsellers do not go with everything) and by its significance (w - e) / (w + 1), where e is what chance alone would bring
    /// together: a pair seen once does not beat a pair seen often, and one seen no more often than chance has it is none.
    /// </summary>
    public int Find(ReadOnlySpan<int> seeds, NeighbourScratch scratch, ItemFilter filter, Span<ScoredItem> room)
    {
        var items = _items;
        scratch.Begin(slots: 0, items.Length, touchedSessions: 0);
        var touched = 0;
        var share = 1f;
        for (var i = seeds.Length - 1; i >= 0; i--, share *= SeedDecay)
        {
            var seed = seeds[i];
            if ((uint)seed < (uint)items.Length && items[seed] is { } own && !seeds[(i + 1)..].Contains(seed))
            {
                touched = Vote(items, seed, own, share, scratch, touched);
            }
        }

        return scratch.Rank(touched, filter, room);
    }

    private int Vote(CoItems?[] items, int seed, CoItems own, float share, NeighbourScratch scratch, int touched)
    {
        var newestMs = Volatile.Read(ref _newestMs);
        var scale = own.AsOf(newestMs, _halfLifeMs);
        var chance = own.Total * scale / (float)Math.Max(_all.Values[0] * _all.AsOf(newestMs), float.Epsilon);
        var cells = own.Partners;
        var count = Math.Min(own.Count, cells.Items.Length);
        for (var i = 0; i < count; i++)
        {
            var partner = cells.Items[i];
            var weight = (cells.Weights[i] - cells.Inherited[i]) * scale;
            if (weight > 0 && (uint)partner < (uint)items.Length && items[partner] is { } other)
            {
                var total = other.Total * other.AsOf(newestMs, _halfLifeMs);
                var excess = weight - (chance * total);
                if (excess > 0)
                {
                    touched = scratch.Add(partner, share * weight * (excess / (weight + 1)) / MathF.Sqrt(1 + total), seed, touched);
                }
            }
        }

        return touched;
    }

    public void Collect(CheckpointWriter writer, byte firstTable)
    {
        lock (_writing)
        {
            foreach (var item in _dirty)
            {
                CoItemsRow.Put(writer, firstTable, item, _items[item]!);
            }

            _dirty.Clear();
            BinaryPrimitives.WriteInt64LittleEndian(writer.Reserve((byte)(firstTable + 1), 0, sizeof(long)), _newestMs);
        }
    }

    public void Load(CheckpointReader reader, byte firstTable)
    {
        reader.Visit((byte)(firstTable + 1), (_, row) =>
        {
            _newestMs = BinaryPrimitives.ReadInt64LittleEndian(row);
            _all.RestoreLandmark(_newestMs);
        });
        reader.Visit(firstTable, Take);
    }

    private void Add(int item, int partner, float weight, long timestampMs, bool isHistorical)
    {
        var own = Ensure(item);
        own.Add(partner, weight, timestampMs, _halfLifeMs, partnersPerItem, isHistorical);
        if (!own.IsDirty)
        {
            own.IsDirty = true;
            _dirty.Add(item);
        }
    }

    private CoItems Ensure(int item)
    {
        var items = _items;
        if (item >= items.Length)
        {
            Array.Resize(ref items, (int)System.Numerics.BitOperations.RoundUpToPowerOf2((uint)item + 1));
            _items = items;
        }

        return items[item] ??= new CoItems();
    }

    private void Take(long key, ReadOnlySpan<byte> row)
    {
        if ((ulong)key < (ulong)maxItems)
        {
            var own = Ensure((int)key);
            CoItemsRow.Take(row, own, partnersPerItem);
            _all.Restore(0, _all.Values[0] + (own.Total * own.AsOf(_newestMs, _halfLifeMs)));
        }
    }
}
