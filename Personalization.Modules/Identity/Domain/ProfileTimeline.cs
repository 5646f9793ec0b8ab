using System.Buffers.Binary;
using System.Text.Json;
using Personalization.Identity.Contracts;
using Personalization.Kernel.Checkpoints;
using Personalization.Kernel.Collections;
using Personalization.Kernel.Privacy;
using Personalization.Tracking.Contracts;

namespace Personalization.Identity.Domain;

/// <summary>
/// Where in the log a profile's events are, so that a timeline or an erasure reads those blocks and no others. Kept under the profile
/// before merges, so that a merge moves nothing and can be taken back. The offsets since the last checkpoint are chained in memory; at a
/// checkpoint each profile's chain becomes one row. What speaks of a profile and is no event of it stands as its complement.
/// </summary>
[ReplayRows(OffsetTable, RowForm.JoinedByOwner, "A row of each checkpoint in which the profile had events; together they are its timeline.", ElementBytes = sizeof(long))]
[ReplayRows(SequenceTable, RowForm.NotCompared, "Counts checkpoints.")]
internal sealed partial class ProfileTimeline : ISequencerStep, ICheckpointed, ICheckpointObserver, IPersonalDataStore, IProfileTimeline
{
    private const byte OffsetTable = 5;
    private const byte SequenceTable = 6;

    private readonly Lock _lock = new();
    private readonly ChunkedArray<int> _newest = new();
    private readonly List<int> _dirty = [];
    private readonly List<Link> _links = [];
    private readonly HashSet<long> _erasedRows = [];
    private readonly HashSet<long> _leavingRows = [];
    private readonly List<long> _scratch = [];
    private ICheckpointRows? _rows;
    private uint _sequence;

    public string FileName => "identity";

    public int Version => 2;

    public string Name => "identity/timeline";

    public void Resolve(TrackedEvent trackedEvent) => Add(trackedEvent.HomeProfileId, trackedEvent.Offset);

    private void Add(int profileId, long place)
    {
        lock (_lock)
        {
            ref var newest = ref _newest.Ensure(profileId);
            if (newest == 0)
            {
                _dirty.Add(profileId);
            }

            _links.Add(new Link(place, newest));
            newest = _links.Count;
        }
    }

    public IReadOnlyList<long> Offsets(IReadOnlySet<int> profileIds) =>
        [.. Read(profileIds).Where(entry => entry.Place >= 0).Select(entry => entry.Place).Order().Distinct()];

    public void Load(CheckpointReader reader) =>
        reader.Visit(SequenceTable, (_, value) => _sequence = BinaryPrimitives.ReadUInt32LittleEndian(value));

    public void Collect(CheckpointWriter writer)
    {
        lock (_lock)
        {
            _sequence++;
            BinaryPrimitives.WriteUInt32LittleEndian(writer.Reserve(SequenceTable, 0, sizeof(uint)), _sequence);
            foreach (var profileId in _dirty)
            {
                _scratch.Clear();
                _scratch.AddRange(Chain(profileId));
                Write(writer.Reserve(OffsetTable, RowKey(profileId, _sequence), _scratch.Count * sizeof(long)));
                _newest[profileId] = 0;
            }

            _dirty.Clear();
            _links.Clear();
            foreach (var row in _erasedRows)
            {
                writer.Delete(OffsetTable, row);
            }

            _leavingRows.UnionWith(_erasedRows);
            _erasedRows.Clear();
        }
    }

    public void OnPersisted(ICheckpointRows rows)
    {
        lock (_lock)
        {
            _rows = rows;
            _leavingRows.Clear();
        }
    }

    public ValueTask<long> EraseAsync(ErasureSubject subject, CancellationToken cancellationToken)
    {
        var erased = 0L;
        foreach (var profileId in subject.ProfileIds)
        {
            erased += RemoveRows(profileId);
            lock (_lock)
            {
                if (_dirty.Remove(profileId))
                {
                    _newest[profileId] = 0;
                }
            }
        }

        return ValueTask.FromResult(erased);
    }

    public ValueTask<long> CountAsync(ErasureSubject subject, CancellationToken cancellationToken)
    {
        var rows = 0L;
        foreach (var profileId in subject.ProfileIds)
        {
            ReadRows(profileId, (_, _) => rows++);
        }

        return ValueTask.FromResult(rows);
    }

    /// <summary>Where the events are; the events themselves come from the log.</summary>
    public ValueTask ExportAsync(ErasureSubject subject, Utf8JsonWriter json, CancellationToken cancellationToken)
    {
        json.WriteStartObject();
        json.WriteNumber("events", subject.Offsets.Count);
        json.WriteEndObject();
        return default;
    }

    private static long RowKey(int profileId, uint sequence) => ((long)profileId << 32) | sequence;

    /// <summary>Rows on disk, without those that are to be removed from there.</summary>
    private void ReadRows(int profileId, CheckpointRowVisitor visitor) =>
        _rows?.Visit(OffsetTable, RowKey(profileId, 0), RowKey(profileId, uint.MaxValue), (row, value) =>
        {
            if (!IsLeaving(row))
            {
                visitor(row, value);
            }
        });

    private bool IsLeaving(long row)
    {
        lock (_lock)
        {
            return _erasedRows.Contains(row) || _leavingRows.Contains(row);
        }
    }

    /// <summary>Removes the profile's rows from disk with the next checkpoint, and from sight at once.</summary>
    private int RemoveRows(int profileId)
    {
        var rows = new List<long>();
        ReadRows(profileId, (row, _) => rows.Add(row));
        lock (_lock)
        {
            _erasedRows.UnionWith(rows);
        }

        return rows.Count;
    }

    private IEnumerable<long> Chain(int profileId)
    {
        for (var at = profileId < _newest.Capacity ? _newest[profileId] : 0; at > 0; at = _links[at - 1].Before)
        {
            yield return _links[at - 1].Offset;
        }
    }

    private void Write(Span<byte> row)
    {
        foreach (var offset in _scratch)
        {
            BinaryPrimitives.WriteInt64LittleEndian(row, offset);
            row = row[sizeof(long)..];
        }
    }

    private readonly record struct Link(long Offset, int Before);
}
