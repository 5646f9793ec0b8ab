using System.Buffers.Binary;
using System.Text.Json;
using Personalization.Identity.Contracts;
using Personalization.Kernel.Checkpoints;
using Personalization.Kernel.Collections;
using Personalization.Kernel.Privacy;
using Personalization.Tracking.Contracts;

namespace Personalization.Identity.Domain;

/// <summary>
/// Where in the log a profile's events are, so that a timeline or an erasure reads those blocks and no others. The offsets
/// since the last checkpoint are chained in memory; at a checkpoint each profile's chain becomes one row.
/// </summary>
internal sealed class ProfileTimeline : ISequencerStep, ICheckpointed, ICheckpointObserver, IPersonalDataStore, IProfileTimeline
{
    private const byte OffsetTable = 5;
    private const byte SequenceTable = 6;

    private readonly Lock _lock = new();
    private readonly ChunkedArray<int> _newest = new();
    private readonly List<int> _dirty = [];
    private readonly List<Link> _links = [];
    private readonly List<long> _erasedRows = [];
    private readonly List<long> _scratch = [];
    private ICheckpointRows? _rows;
    private uint _sequence;

    public string FileName => "identity";

    public int Version => 1;

    public string Name => "identity/timeline";

    public void Resolve(TrackedEvent trackedEvent)
    {
        lock (_lock)
        {
            ref var newest = ref _newest.Ensure(trackedEvent.ProfileId);
            if (newest == 0)
            {
                _dirty.Add(trackedEvent.ProfileId);
            }

            _links.Add(new Link(trackedEvent.Offset, newest));
            newest = _links.Count;
        }
    }

    public IReadOnlyList<long> Offsets(IReadOnlySet<int> profileIds)
    {
        var offsets = new SortedSet<long>();
        foreach (var profileId in profileIds)
        {
            ReadRows(profileId, (_, value) => ReadOffsets(value, offsets));
            lock (_lock)
            {
                offsets.UnionWith(Chain(profileId));
            }
        }

        return [.. offsets];
    }

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
            _erasedRows.ForEach(row => writer.Delete(OffsetTable, row));
            _erasedRows.Clear();
        }
    }

    public void OnPersisted(ICheckpointRows rows) => _rows = rows;

    public ValueTask<long> EraseAsync(ErasureSubject subject, CancellationToken cancellationToken)
    {
        var before = _erasedRows.Count;
        foreach (var profileId in subject.ProfileIds)
        {
            ReadRows(profileId, (row, _) => _erasedRows.Add(row));
            lock (_lock)
            {
                if (_dirty.Remove(profileId))
                {
                    _newest[profileId] = 0;
                }
            }
        }

        return ValueTask.FromResult((long)(_erasedRows.Count - before));
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

    private static void ReadOffsets(ReadOnlySpan<byte> value, SortedSet<long> offsets)
    {
        for (; value.Length > 0; value = value[sizeof(long)..])
        {
            offsets.Add(BinaryPrimitives.ReadInt64LittleEndian(value));
        }
    }

    private void ReadRows(int profileId, CheckpointRowVisitor visitor) =>
        _rows?.Visit(OffsetTable, RowKey(profileId, 0), RowKey(profileId, uint.MaxValue), visitor);

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
