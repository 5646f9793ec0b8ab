using System.Buffers.Binary;
using Personalization.Kernel.Checkpoints;
using Personalization.Kernel.Privacy;

namespace Personalization.Identity.Domain;

/// <summary>
/// When each merge that holds was made, so that a profile can be made anew with its merges in their places; and who was parted by an
/// administrator, so that the same events do not merge them again. The first is on disk and in memory only since the last checkpoint, the
/// second in memory as a whole: as many pairs as changes were ever made by hand. The sequencer writes; reads that need the disk are complete
/// when no checkpoint is on its way there.
/// </summary>
[HoldsNoPersonalData("Numbers of profiles and places of the log, which lead nowhere once the person is erased.")]
internal sealed class MergeHistory(IdentityMap map) : ICheckpointed, ICheckpointObserver
{
    private const byte MergeTable = 100;
    private const byte SeveredTable = 101;
    private const int RowBytes = sizeof(long) + sizeof(int);

    private readonly Lock _lock = new();
    private readonly Dictionary<int, Merge?> _changed = [];
    private readonly Dictionary<int, Merge?> _collected = [];
    private readonly HashSet<(int First, int Second)> _severed = [];
    private readonly Dictionary<(int First, int Second), bool> _severedChanges = [];
    private ICheckpointRows? _rows;

    public string FileName => "identity";

    public int Version => 1;

    /// <summary>Pairs that were parted by hand.</summary>
    public int SeveredPairs
    {
        get
        {
            lock (_lock)
            {
                return _severed.Count;
            }
        }
    }

    /// <param name="from">The profile that ended.</param>
    /// <param name="into">The profile that it lives on in.</param>
    /// <param name="offset">Place in the log of what told.</param>
    public void AddMerge(int from, int into, long offset) => Set(from, new Merge(from, into, offset));

    /// <summary>The merge that ended a profile was taken back.</summary>
    public void Remove(int from) => Set(from, null);

    /// <summary>The merges within these profiles, in the order in which they were made.</summary>
    public IReadOnlyList<Merge> Within(IReadOnlySet<int> profileIds) =>
        [.. profileIds.Select(Find).OfType<Merge>().Where(merge => profileIds.Contains(merge.Into)).OrderBy(merge => merge.Offset)];

    /// <summary>Remembers that these are two people, whatever events say. By the profiles at the cut: merges of either with others change nothing.</summary>
    public void Sever(int profile, int other) => SetSevered(Pair(profile, other), isSevered: true);

    /// <summary>Whether an administrator has parted somebody of one person from somebody of the other.</summary>
    public bool IsSevered(int person, int other)
    {
        lock (_lock)
        {
            return _severed.Count > 0 && _severed.Any(pair => Parts(pair, map.Canonical(person), map.Canonical(other)));
        }
    }

    /// <summary>An administrator says that they are one after all.</summary>
    public void Lift(int person, int other)
    {
        List<(int First, int Second)> lifted;
        lock (_lock)
        {
            lifted = [.. _severed.Where(pair => Parts(pair, map.Canonical(person), map.Canonical(other)))];
        }

        lifted.ForEach(pair => SetSevered(pair, isSevered: false));
    }

    /// <summary>Profiles of others that were parted from this person by hand, as they were numbered then.</summary>
    public IReadOnlyList<int> SeveredFrom(int person)
    {
        lock (_lock)
        {
            return
            [
                .. _severed.Where(pair => map.Canonical(pair.First) == person).Select(pair => pair.Second),
                .. _severed.Where(pair => map.Canonical(pair.Second) == person).Select(pair => pair.First),
            ];
        }
    }

    public void Load(CheckpointReader reader) => reader.Visit(SeveredTable, (key, _) => _severed.Add(((int)(key >> 32), (int)key)));

    public void Collect(CheckpointWriter writer)
    {
        lock (_lock)
        {
            foreach (var (from, merge) in _changed)
            {
                _collected[from] = merge;
                Write(writer, from, merge);
            }

            foreach (var (pair, isSevered) in _severedChanges)
            {
                var key = ((long)pair.First << 32) | (uint)pair.Second;
                if (isSevered)
                {
                    writer.Put(SeveredTable, key, []);
                }
                else
                {
                    writer.Delete(SeveredTable, key);
                }
            }

            _changed.Clear();
            _severedChanges.Clear();
        }
    }

    public void OnPersisted(ICheckpointRows rows)
    {
        lock (_lock)
        {
            _rows = rows;
            _collected.Clear();
        }
    }

    private static void Write(CheckpointWriter writer, int from, Merge? merge)
    {
        if (merge is not { } made)
        {
            writer.Delete(MergeTable, from);
            return;
        }

        var row = writer.Reserve(MergeTable, from, RowBytes);
        BinaryPrimitives.WriteInt64LittleEndian(row, made.Offset);
        BinaryPrimitives.WriteInt32LittleEndian(row[8..], made.Into);
    }

    private static (int First, int Second) Pair(int a, int b) => (Math.Min(a, b), Math.Max(a, b));

    private Merge? Find(int from)
    {
        lock (_lock)
        {
            if (_changed.TryGetValue(from, out var known) || _collected.TryGetValue(from, out known))
            {
                return known;
            }
        }

        Merge? found = null;
        _rows?.Visit(MergeTable, from, from, (_, row) => found = new Merge(
            from, BinaryPrimitives.ReadInt32LittleEndian(row[8..]), BinaryPrimitives.ReadInt64LittleEndian(row)));
        return found;
    }

    private bool Parts((int First, int Second) pair, int person, int other) =>
        (map.Canonical(pair.First), map.Canonical(pair.Second)) is var (first, second) &&
        ((first == person && second == other) || (first == other && second == person));

    private void Set(int from, Merge? merge)
    {
        lock (_lock)
        {
            _changed[from] = merge;
        }
    }

    private void SetSevered((int First, int Second) pair, bool isSevered)
    {
        lock (_lock)
        {
            _severedChanges[pair] = isSevered;
            if (isSevered)
            {
                _severed.Add(pair);
            }
            else
            {
                _severed.Remove(pair);
            }
        }
    }
}

/// <summary>A merge that holds.</summary>
/// <param name="From">The profile that ended.</param>
/// <param name="Into">The profile that it lives on in; merged further perhaps.</param>
/// <param name="Offset">Place in the log of what told.</param>
internal sealed record Merge(int From, int Into, long Offset);
