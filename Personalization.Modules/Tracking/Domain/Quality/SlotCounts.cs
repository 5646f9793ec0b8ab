namespace Personalization.Tracking.Domain.Quality;

/// <summary>
/// Counts of each series by arrival, in slots of ten seconds. One thread writes, without locks and without allocating; another
/// takes slots that are over. A slot that was overwritten before it was taken is counted as lost, never mistaken for another.
/// </summary>
internal sealed class SlotCounts(int series)
{
    public const long SlotMs = 10_000;
    public const int SlotsPerMinute = 6;

    /// <summary>Slots that may wait to be taken.</summary>
    public const int Kept = 16;
    private readonly SlotCount[] _cells = new SlotCount[series * Kept];
    private long _taken = -1;
    private long _lost;

    /// <summary>Events that were not counted in their slot, since the start: they came late, or the slots were not taken in time.</summary>
    public long Lost => Volatile.Read(ref _lost);

    public static long SlotOf(long ms) => ms / SlotMs;

    /// <summary>The cell to count in; its own thread only.</summary>
    public ref SlotCount Of(int series, long receivedAtMs)
    {
        var slot = SlotOf(receivedAtMs);
        ref var cell = ref _cells[(series * Kept) + (int)(slot % Kept)];
        if (cell.Slot != slot)
        {
            Begin(ref cell, slot);
        }

        return ref cell;
    }

    /// <summary>What was counted in a slot that is over; nothing when there was nothing.</summary>
    public SlotCount Take(int series, long slot)
    {
        var cell = _cells[(series * Kept) + (int)(slot % Kept)];
        return cell.Slot == slot ? cell : default;
    }

    /// <summary>Every slot up to this one has been taken.</summary>
    public void MarkTaken(long slot) => Volatile.Write(ref _taken, slot);

    private void Begin(ref SlotCount cell, long slot)
    {
        if (cell.Slot > Volatile.Read(ref _taken))
        {
            Volatile.Write(ref _lost, _lost + cell.Accepted + cell.Duplicates);
        }

        cell = new SlotCount { Slot = slot };
    }
}

/// <summary>What came in for a series within ten seconds.</summary>
internal struct SlotCount
{
    /// <summary>Unix time in units of ten seconds.</summary>
    public long Slot;
    public int Accepted;
    public int Duplicates;

    /// <summary>Accepted ones that had happened more than a day before.</summary>
    public int Late;

    /// <summary>Payloads that were put aside to be looked into.</summary>
    public int Sampled;
}
