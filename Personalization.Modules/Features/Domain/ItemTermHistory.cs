using System.Runtime.InteropServices;
using Personalization.Kernel.Checkpoints;
using Personalization.Kernel.Privacy;

namespace Personalization.Features.Domain;

/// <summary>
/// Which category and brand the shop gave an item, from which place of the log on: an event that is applied once more must mean what it
/// meant when it came, although the catalogue has changed since. On disk, 16 bytes for each time that an item's category or brand changed;
/// in memory only what is newer than the last checkpoint, and what a running rebuild has looked up. Sequencer's thread, or work at rest.
/// </summary>
[HoldsNoPersonalData("Items, categories and brands are the shop's own data.")]
[ReplayRows(TermTable, RowForm.JoinedByOwner, "A row of each checkpoint before which the item changed; together they are its history.")]
[ReplayRows(SequenceTable, RowForm.NotCompared, "Counts checkpoints.")]
internal sealed class ItemTermHistory : ICheckpointed, ICheckpointObserver
{
    private const byte TermTable = 110;
    private const byte SequenceTable = 111;

    /// <summary>Items whose history is kept at hand while profiles are made anew.</summary>
    private const int MaxLookedUp = 4_096;

    private readonly Dictionary<int, List<Terms>> _fresh = [];
    private readonly Dictionary<int, List<Terms>> _collected = [];
    private readonly Dictionary<int, Terms[]> _lookedUp = [];
    private ICheckpointRows? _rows;
    private uint _sequence;

    public string FileName => "features";

    public int Version => 1;

    /// <summary>The item has these terms from now on.</summary>
    /// <param name="item">Its number.</param>
    /// <param name="offset">Place in the log of the change: later events see it.</param>
    /// <param name="category">Term number, -1 for none.</param>
    /// <param name="brand">Term number, -1 for none.</param>
    public void Add(int item, long offset, int category, int brand)
    {
        (CollectionsMarshal.GetValueRefOrAddDefault(_fresh, item, out _) ??= []).Add(new Terms(offset, category, brand));
        _lookedUp.Remove(item);
    }

    /// <summary>The terms that the shop had given an item when the event at a place of the log came; -1 for none. May read disk.</summary>
    public (int Category, int Brand) At(int item, long offset)
    {
        var history = Find(item);
        for (var i = history.Length - 1; i >= 0; i--)
        {
            if (history[i].Offset < offset)
            {
                return (history[i].Category, history[i].Brand);
            }
        }

        return (-1, -1);
    }

    public void Load(CheckpointReader reader) => reader.Visit(SequenceTable, (_, value) => _sequence = MemoryMarshal.Read<uint>(value));

    public void Collect(CheckpointWriter writer)
    {
        _sequence++;
        MemoryMarshal.Write(writer.Reserve(SequenceTable, 0, sizeof(uint)), _sequence);
        foreach (var (item, terms) in _fresh)
        {
            writer.Put(TermTable, RowKey(item, _sequence), MemoryMarshal.AsBytes(CollectionsMarshal.AsSpan(terms)));
            (CollectionsMarshal.GetValueRefOrAddDefault(_collected, item, out _) ??= []).AddRange(terms);
        }

        _fresh.Clear();
    }

    public void OnPersisted(ICheckpointRows rows)
    {
        _rows = rows;
        _collected.Clear();
    }

    private static long RowKey(int item, uint sequence) => ((long)item << 32) | sequence;

    /// <summary>In log order: what is on disk, what is on its way there, what is new.</summary>
    private Terms[] Find(int item)
    {
        if (_lookedUp.TryGetValue(item, out var known))
        {
            return known;
        }

        var found = new List<Terms>();
        _rows?.Visit(TermTable, RowKey(item, 0), RowKey(item, uint.MaxValue), (_, row) => found.AddRange(MemoryMarshal.Cast<byte, Terms>(row)));
        found.AddRange(_collected.GetValueOrDefault(item, []));
        found.AddRange(_fresh.GetValueOrDefault(item, []));
        if (_lookedUp.Count == MaxLookedUp)
        {
            _lookedUp.Clear();
        }

        return _lookedUp[item] = [.. found];
    }

    [StructLayout(LayoutKind.Sequential, Pack = 1)]
    private readonly record struct Terms(long Offset, int Category, int Brand);
}
