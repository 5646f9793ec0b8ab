using System.Runtime.InteropServices;
using Personalization.Kernel.Checkpoints;
using Personalization.Kernel.Collections;

namespace Personalization.Decisioning.Domain.Models.Purchases;

/// <summary>
/// What each shopper bought, by time: the newest few hundred purchases of each. Writers take a short lock; readers none: a history is an
/// array whose first element says how many follow, and which is only added to; all other changes put another array in its place.
/// </summary>
/// <param name="perProfile">Purchases kept of a shopper.</param>
/// <param name="total">Purchases kept at all; beyond it a purchase has to take the place of its shopper's oldest.</param>
internal sealed class PurchaseHistories(int perProfile, long total)
{
    private const int Smallest = 8;
    private readonly Lock _writing = new();
    private readonly ChunkedArray<long[]?> _histories = new();
    private readonly HashSet<int> _dirty = [];
    private long _kept;
    private long _refused;
    private long _erasures;
    private long _learnt;

    /// <summary>Purchases in memory.</summary>
    public long Kept => Volatile.Read(ref _kept);

    /// <summary>Purchases that found no room.</summary>
    public long Refused => Volatile.Read(ref _refused);

    /// <summary>Purchases ever added: whether there is something new to learn.</summary>
    public long Learnt => Volatile.Read(ref _learnt);

    /// <summary>How often somebody was erased: what was trained meanwhile is thrown away.</summary>
    public long Erasures => Volatile.Read(ref _erasures);

    /// <summary>Of a shopper, oldest first; empty for one who is not known. Any thread; stays valid, and may miss what comes meanwhile.</summary>
    public ReadOnlySpan<Purchase> Of(int profile)
    {
        if ((uint)profile >= (uint)_histories.Capacity || Volatile.Read(ref _histories[profile]) is not { } cells)
        {
            return [];
        }

        return MemoryMarshal.Cast<long, Purchase>(cells.AsSpan(1, (int)Volatile.Read(ref cells[0])));
    }

    public void Add(int profile, Purchase purchase)
    {
        if (purchase.Use == PurchaseUse.None || purchase.Item < 0 || profile < 0)
        {
            return;
        }

        lock (_writing)
        {
            ref var place = ref _histories.Ensure(profile);
            var cells = place ?? new long[Smallest];
            var count = (int)cells[0];
            if (count == 0 && _kept >= total)
            {
                _refused++;
                return;
            }

            _learnt++;
            _dirty.Add(profile);
            if (count + 1 < cells.Length && (count == 0 || cells[count] <= purchase.Cell))
            {
                cells[count + 1] = purchase.Cell;
                Volatile.Write(ref cells[0], count + 1);
                Volatile.Write(ref place, cells);
                Volatile.Write(ref _kept, _kept + 1);
                return;
            }

            Replace(profile, Sorted(cells.AsSpan(1, count), [purchase.Cell]));
        }
    }

    /// <summary>Gives one shopper's purchases to another.</summary>
    public void Merge(int from, int into)
    {
        lock (_writing)
        {
            var moved = Cells(from);
            if (moved.IsEmpty)
            {
                return;
            }

            var all = Sorted(Cells(into), moved);
            Replace(from, []);
            Replace(into, all);
            _dirty.Add(from);
            _dirty.Add(into);
        }
    }

    /// <summary>Forgets a shopper's purchases and says how many there were.</summary>
    public int Erase(int profile)
    {
        lock (_writing)
        {
            var count = Cells(profile).Length;
            if (count > 0)
            {
                Replace(profile, []);
                _dirty.Add(profile);
                _erasures++;
            }

            return count;
        }
    }

    /// <summary>The histories as they stand, by shopper. The pipeline is at rest, so that they are of one place in the log; nothing is copied.</summary>
    public List<(int Profile, ReadOnlyMemory<long> Cells)> Snapshot()
    {
        lock (_writing)
        {
            var all = new List<(int Profile, ReadOnlyMemory<long> Cells)>();
            for (var profile = 0; profile < _histories.Capacity; profile++)
            {
                if (_histories[profile] is { } cells && cells[0] > 0)
                {
                    all.Add((profile, cells.AsMemory(1, (int)cells[0])));
                }
            }

            return all;
        }
    }

    public void Collect(CheckpointWriter writer, byte table)
    {
        lock (_writing)
        {
            foreach (var profile in _dirty)
            {
                var cells = Cells(profile);
                if (cells.IsEmpty)
                {
                    writer.Delete(table, profile);
                    continue;
                }

                writer.Put(table, profile, MemoryMarshal.AsBytes(cells));
            }

            _dirty.Clear();
        }
    }

    public void Load(CheckpointReader reader, byte table) => reader.Visit(table, (profile, row) =>
    {
        var cells = MemoryMarshal.Cast<byte, long>(row);
        _histories.Ensure((int)profile);
        Replace((int)profile, Sorted(cells, []));
        _learnt += cells.Length;
    });

    private ReadOnlySpan<long> Cells(int profile) => MemoryMarshal.Cast<Purchase, long>(Of(profile));

    /// <summary>
    /// Both in order. Of more than are kept the oldest go, an eighth of them at once, so that not every purchase of one who buys much copies them.
    /// </summary>
    private long[] Sorted(ReadOnlySpan<long> a, ReadOnlySpan<long> b)
    {
        long[] all = [.. a, .. b];
        Array.Sort(all);
        return all.Length <= perProfile ? all : all[^(perProfile - (perProfile / 8))..];
    }

    private void Replace(int profile, long[] sorted)
    {
        ref var place = ref _histories.Ensure(profile);
        var before = place is null ? 0 : place[0];
        if (sorted.Length == 0)
        {
            Volatile.Write(ref place, null);
        }
        else
        {
            // Half as much again, so that a shopper who buys on is not copied each time.
            var cells = new long[Math.Min(perProfile + 1, Math.Max(Smallest, sorted.Length + (sorted.Length / 2) + 2))];
            sorted.CopyTo(cells.AsSpan(1));
            cells[0] = sorted.Length;
            Volatile.Write(ref place, cells);
        }

        Volatile.Write(ref _kept, _kept + (place is null ? 0 : place[0]) - before);
    }
}
