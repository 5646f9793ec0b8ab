using Personalization.Kernel.Checkpoints;
using Personalization.Kernel.Privacy;

namespace Personalization.Features.Domain.Cold;

/// <summary>
/// Keeps what profiles take in memory below the ceiling: a hand goes round over their numbers, passes by who was asked for since its last
/// round, and takes the others out, if they are in the checkpoint as they are. At rest only: no loop writes meanwhile. Registered before the
/// states, because once one of them is collected its profiles look clean before they are on disk.
/// </summary>
[HoldsNoPersonalData("Where a hand stands; what it takes out of memory belongs to the states.")]
internal sealed class MemoryCeiling(MemoryBudget budget, Func<IEnumerable<IColdState>> states) : ICheckpointed, ICheckpointObserver
{
    /// <summary>Of one sweep: some ten milliseconds, in which no event is applied. What is left is for the next.</summary>
    private const int MaxLooks = 250_000;

    private readonly Lazy<IColdState[]> _states = new(() => [.. states()]);
    private int _hand;
    private bool _isOnDisk;
    private long _evicted;

    public string FileName => "features";

    public int Version => 1;

    /// <summary>Profiles that left memory since the start.</summary>
    public long Evicted => Volatile.Read(ref _evicted);

    /// <summary>What profiles take now. Any thread.</summary>
    public long Bytes
    {
        get
        {
            var bytes = 0L;
            foreach (var state in _states.Value)
            {
                bytes += state.Bytes;
            }

            return bytes;
        }
    }

    /// <summary>Sweeps after which everybody had their turn: in the first round who was asked for is forgotten, in the second found.</summary>
    public int SweepsOfTwoRounds => 1 + (int)(2L * _states.Value.Max(state => state.Capacity) / MaxLooks);

    /// <summary>Any thread.</summary>
    public bool IsExceeded => Bytes > budget.CeilingBytes;

    public void Load(CheckpointReader reader)
    {
        // Everything that it keeps is in the states.
    }

    /// <summary>The stages rest, and the cut before may be on disk: a replay, too, must not outgrow the ceiling.</summary>
    public void Collect(CheckpointWriter writer)
    {
        Sweep();
        _isOnDisk = false;
    }

    public void OnPersisted(ICheckpointRows rows) => _isOnDisk = true;

    /// <summary>
    /// Takes profiles out of memory until they fit with something to spare. Does nothing while a cut is on its way to disk: nobody can tell
    /// then what is there. At rest only.
    /// </summary>
    /// <returns>Profiles that left.</returns>
    public int Sweep()
    {
        if (!_isOnDisk || !IsExceeded)
        {
            return 0;
        }

        var all = _states.Value;
        var capacity = all.Max(state => state.Capacity);
        var evicted = 0;

        // Two rounds at most: the first forgets who was asked for, the second finds them.
        for (var looks = Math.Min(MaxLooks, 2L * capacity); looks > 0 && Bytes > budget.KeptBytes; looks--)
        {
            _hand = _hand + 1 < capacity ? _hand + 1 : 0;
            evicted += Pass(all, _hand) ? 1 : 0;
        }

        Volatile.Write(ref _evicted, _evicted + evicted);
        return evicted;
    }

    private static bool Pass(IColdState[] all, int profileId)
    {
        var isUsed = false;
        foreach (var state in all)
        {
            isUsed |= state.TakeUse(profileId);
        }

        var isEvicted = false;
        for (var i = 0; i < all.Length && !isUsed; i++)
        {
            isEvicted |= all[i].TryEvict(profileId);
        }

        return isEvicted;
    }
}
