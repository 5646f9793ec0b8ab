using System.Collections.Frozen;
using System.Text;
using Personalization.Kernel.Checkpoints;
using Personalization.Kernel.Collections;
using Personalization.Kernel.Privacy;

namespace Personalization.Features.Domain.ChangeCapture;

/// <summary>
/// The position of the last change that was applied to each item from each table. It follows from the log alone: positions travel with the
/// changes, and the sequencer advances them where it applies those. Bounded by the tables and the items; about 80 bytes each.
/// </summary>
[HoldsNoPersonalData("Places in a database's log, of rows about items.")]
internal sealed class CapturedPositions(int maxTables) : ICheckpointed
{
    /// <summary>Letters of a table's full name.</summary>
    public const int MaxNameLength = 512;
    private const byte TableNames = 20;
    private const byte PositionTable = 21;

    private readonly List<string> _names = [];
    private readonly HashSet<long> _dirty = [];
    private volatile FrozenDictionary<string, ChunkedArray<SourcePosition?>> _tables = FrozenDictionary<string, ChunkedArray<SourcePosition?>>.Empty;
    private readonly Dictionary<string, int> _numbers = new(StringComparer.Ordinal);
    private int _collectedNames;
    private long _unknown;

    public string FileName => "features";

    public int Version => 1;

    /// <summary>Changes that were left out because their table found no room: a race, since the door asks first.</summary>
    public long WithoutRoom => Volatile.Read(ref _unknown);

    /// <summary>Whether changes of the table can be told from their repetitions: it is known, or there is room for one more. Any thread.</summary>
    public bool HasRoomFor(string table) => _tables.Count < maxTables || _tables.ContainsKey(table);

    /// <summary>The position applied last; null when nothing was. Any thread.</summary>
    public SourcePosition? Find(string table, int item) =>
        _tables.TryGetValue(table, out var positions) && (uint)item < (uint)positions.Capacity ? Volatile.Read(ref positions[item]) : null;

    /// <summary>Takes note of a change that is about to be applied; false when it must not be. Sequencer only.</summary>
    public bool TryAdvance(ChangeSource source, int item)
    {
        if (!source.Position.IsAfter(Find(source.Table, item)))
        {
            return false;
        }

        if (NumberOf(source.Table) is not (>= 0 and var number))
        {
            Volatile.Write(ref _unknown, _unknown + 1);
            return false;
        }

        Volatile.Write(ref _tables[source.Table].Ensure(item)!, source.Position);
        _dirty.Add(Key(number, item));
        return true;
    }

    public void Load(CheckpointReader reader)
    {
        // Also those beyond a bound that has been lowered since.
        reader.Visit(TableNames, (_, name) => Add(Encoding.UTF8.GetString(name)));
        reader.Visit(PositionTable, (key, value) => _tables[_names[(int)(key >> 32)]].Ensure((int)key) = SourcePosition.Read(value));
        _collectedNames = _names.Count;
    }

    public void Collect(CheckpointWriter writer)
    {
        for (; _collectedNames < _names.Count; _collectedNames++)
        {
            writer.Put(TableNames, _collectedNames, Encoding.UTF8.GetBytes(_names[_collectedNames]));
        }

        foreach (var key in _dirty)
        {
            _tables[_names[(int)(key >> 32)]][(int)key]!.Write(writer.Reserve(PositionTable, key, SourcePosition.Length));
        }

        _dirty.Clear();
    }

    private static long Key(int number, int item) => ((long)number << 32) | (uint)item;

    private int NumberOf(string table) => _numbers.TryGetValue(table, out var number) ? number : _names.Count < maxTables ? Add(table) : -1;

    /// <summary>Readers keep the dictionary that they hold; there are few tables, so each new one makes a new dictionary.</summary>
    private int Add(string table)
    {
        var number = _names.Count;
        _names.Add(table);
        _numbers.Add(table, number);
        _tables = _tables.Append(KeyValuePair.Create(table, new ChunkedArray<SourcePosition?>())).ToFrozenDictionary(StringComparer.Ordinal);
        return number;
    }
}
