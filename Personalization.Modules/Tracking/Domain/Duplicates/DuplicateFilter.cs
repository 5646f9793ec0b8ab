using System.Runtime.InteropServices;
using Personalization.Kernel.Checkpoints;
using Personalization.Kernel.Privacy;
using Personalization.Tracking.Contracts;

namespace Personalization.Tracking.Domain.Duplicates;

/// <summary>
/// Lets each (source, message id) through once within the window, exactly: the newest keys are in memory; older ones on
/// disk, behind a filter of two bytes a key that answers nearly every look-up. Memory is bounded by the number of keys
/// that are remembered; beyond it the oldest go before their time, and are counted. Sequencer's thread.
/// </summary>
[HoldsNoPersonalData("Keyed hashes of message ids, which no other store can link to a person; they expire with the window.")]
[ReplayRows(RecentTable, RowForm.Joined, "A row of each checkpoint; together they are the recent keys in the order of the log.", SkippedBytes = sizeof(long))]
internal sealed class DuplicateFilter(int recentKeys, int maxKeys, TimeSpan window) : ISequencerStep, ICheckpointed, ICheckpointObserver
{
    public const byte PageTable = 3;
    private const byte RecentTable = 1;
    private const byte HeaderTable = 2;

    private readonly MessageKeySet _recent = new();
    private readonly List<KeyRun> _runs = [];
    private readonly List<KeyRun> _expired = [];
    private readonly List<UInt128> _fresh = [];
    private readonly List<long> _recentRows = [];
    private readonly List<long> _obsoleteRows = [];
    private long _nextRow;
    private int _nextRun;
    private long _newestMs;

    /// <summary>Runs expire at a place of the log, not of the clock, so that a replay forgets what was forgotten.</summary>
    private long OldestMs => _newestMs - (long)window.TotalMilliseconds;

    public string FileName => "tracking";

    public int Version => 1;

    /// <summary>Duplicates that were dropped since the start.</summary>
    public long Dropped { get; private set; }

    /// <summary>Keys that were forgotten before their window had passed.</summary>
    public long ForgottenEarly { get; private set; }

    public void Resolve(TrackedEvent trackedEvent)
    {
        var key = trackedEvent.MessageKey;
        if (key == default)
        {
            return;
        }

        if (IsKnown(key))
        {
            trackedEvent.Drop = DropReason.Duplicate;
            Dropped++;
            return;
        }

        _newestMs = Math.Max(_newestMs, trackedEvent.ReceivedAtMs);
        _recent.Add(key);
        _fresh.Add(key);
        if (_runs.Count > 0 && _runs[0].NewestMs < OldestMs)
        {
            Expire();
        }

        if (_recent.Count >= recentKeys)
        {
            Seal();
        }
    }

    /// <summary>Its id was noted when it came first: it is no duplicate of itself.</summary>
    public void Resume(TrackedEvent trackedEvent)
    {
    }

    public void Load(CheckpointReader reader)
    {
        reader.Visit(HeaderTable, (id, header) => _runs.Add(KeyRun.Load(id, header)));
        _newestMs = _runs.Count == 0 ? 0 : _runs.Max(run => run.NewestMs);
        reader.Visit(RecentTable, (row, value) =>
        {
            _newestMs = Math.Max(_newestMs, MemoryMarshal.Read<long>(value));
            foreach (var key in MemoryMarshal.Cast<byte, UInt128>(value[8..]))
            {
                _recent.Add(key);
            }

            _recentRows.Add(row);
            _nextRow = row + 1;
        });
        _nextRun = _runs.Count == 0 ? 0 : _runs[^1].Id + 1;
    }

    public void Collect(CheckpointWriter writer)
    {
        _expired.ForEach(run => run.Delete(writer, HeaderTable, PageTable));
        _expired.Clear();
        _obsoleteRows.ForEach(row => writer.Delete(RecentTable, row));
        _obsoleteRows.Clear();
        foreach (var run in _runs)
        {
            if (!run.IsCollected)
            {
                run.Collect(writer, HeaderTable, PageTable);
            }
        }

        CollectFresh(writer);
    }

    public void OnPersisted(ICheckpointRows rows)
    {
        foreach (var run in _runs)
        {
            if (run.IsCollected)
            {
                run.MoveToDisk(rows);
            }
        }
    }

    private bool IsKnown(UInt128 key)
    {
        if (_recent.Contains(key))
        {
            return true;
        }

        for (var i = _runs.Count - 1; i >= 0; i--)
        {
            if (_runs[i].Contains(key))
            {
                return true;
            }
        }

        return false;
    }

    /// <summary>Turns the recent keys into a run; their rows of the last checkpoints are obsolete with it.</summary>
    private void Seal()
    {
        _runs.Add(new KeyRun(_nextRun++, _recent.TakeSorted(), _newestMs));
        _fresh.Clear();
        _obsoleteRows.AddRange(_recentRows);
        _recentRows.Clear();
        Expire();
    }

    private void Expire()
    {
        var oldestMs = OldestMs;
        while (_runs.Count > 0 && (_runs[0].NewestMs < oldestMs || _runs.Sum(run => (long)run.KeyCount) > maxKeys))
        {
            ForgottenEarly += _runs[0].NewestMs < oldestMs ? 0 : _runs[0].KeyCount;
            if (_runs[0].IsCollected)
            {
                _expired.Add(_runs[0]);
            }

            _runs.RemoveAt(0);
        }
    }

    private void CollectFresh(CheckpointWriter writer)
    {
        if (_fresh.Count == 0)
        {
            return;
        }

        var keys = MemoryMarshal.AsBytes(CollectionsMarshal.AsSpan(_fresh));
        var value = writer.Reserve(RecentTable, _nextRow, 8 + keys.Length);
        MemoryMarshal.Write(value, _newestMs);
        keys.CopyTo(value[8..]);
        _recentRows.Add(_nextRow++);
        _fresh.Clear();
    }
}
