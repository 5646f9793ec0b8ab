using System.Buffers.Binary;
using System.Text.Json;
using Personalization.Kernel.Checkpoints;
using Personalization.Kernel.Collections;
using Personalization.Kernel.Privacy;

namespace Personalization.Consent.Domain;

/// <summary>
/// Every statement that changed something, by the profile that made it, in the order of the log: rows that are only ever added to. They are on
/// disk, four bytes a profile in memory; what is on its way there is kept until it has arrived. A merge leaves rows where they are, so that
/// they can be told apart again: a person's history is that of all their profiles. Thread-safe.
/// </summary>
internal sealed class ConsentLedger : ICheckpointed, ICheckpointObserver, IPersonalDataStore
{
    private const byte RowTable = 2;
    private const byte CountTable = 3;

    /// <summary>Rows that are read at once, from the newest on.</summary>
    private const int Window = 64;

    private readonly Lock _lock = new();
    private readonly ChunkedArray<int> _counts = new();
    private readonly HashSet<int> _changed = [];

    /// <summary>Profiles that were forgotten since the last checkpoint, with as many rows as may be on disk.</summary>
    private readonly Dictionary<int, int> _forgotten = [];
    private readonly Dictionary<long, byte[]> _unsaved = [];
    private readonly Dictionary<long, byte[]> _leaving = [];
    private volatile ICheckpointRows? _rows;

    public string FileName => "consent";

    public int Version => 1;

    public string Name => "consent/ledger";

    /// <summary>On the loop that owns the profile.</summary>
    public void Add(int profileId, LedgerEntry entry)
    {
        var row = LedgerEntryCodec.Write(entry);
        lock (_lock)
        {
            ref var count = ref _counts.Ensure(profileId);
            _unsaved[KeyOf(profileId, count)] = row;
            _changed.Add(profileId);
            count++;
        }
    }

    /// <summary>Statements of one profile.</summary>
    public int CountOf(int profileId)
    {
        lock (_lock)
        {
            return profileId >= 0 && profileId < _counts.Capacity ? _counts[profileId] : 0;
        }
    }

    /// <summary>
    /// Statements of a person, newest first, at most <paramref name="limit"/> of those before an offset. Reads disk: not for the decision path.
    /// </summary>
    public IReadOnlyList<LedgerEntry> Newest(IEnumerable<int> profileIds, long beforeOffset, int limit)
    {
        var newest = new PriorityQueue<LedgerEntry, long>();
        foreach (var profileId in profileIds)
        {
            foreach (var entry in Backwards(profileId).SkipWhile(entry => entry.Offset >= beforeOffset).Take(limit))
            {
                newest.Enqueue(entry, entry.Offset);
                if (newest.Count > limit)
                {
                    newest.Dequeue();
                }
            }
        }

        return [.. newest.UnorderedItems.Select(item => item.Element).DistinctBy(entry => (entry.Offset, entry.Form)).OrderByDescending(entry => entry.Offset)];
    }

    public void Forget(int profileId)
    {
        lock (_lock)
        {
            var count = profileId < _counts.Capacity ? _counts[profileId] : 0;
            for (var sequence = 0; sequence < count; sequence++)
            {
                _unsaved.Remove(KeyOf(profileId, sequence));
                _leaving.Remove(KeyOf(profileId, sequence));
            }

            if (count > 0)
            {
                _forgotten[profileId] = Math.Max(count, _forgotten.GetValueOrDefault(profileId));
                _changed.Add(profileId);
                _counts[profileId] = 0;
            }
        }
    }

    public void Load(CheckpointReader reader) => reader.Visit(
        CountTable, (profile, value) => _counts.Ensure((int)profile) = BinaryPrimitives.ReadInt32LittleEndian(value));

    public void Collect(CheckpointWriter writer)
    {
        lock (_lock)
        {
            foreach (var (profile, count) in _forgotten)
            {
                for (var sequence = _counts[profile]; sequence < count; sequence++)
                {
                    writer.Delete(RowTable, KeyOf(profile, sequence));
                }
            }

            foreach (var (key, row) in _unsaved)
            {
                writer.Put(RowTable, key, row);
                _leaving[key] = row;
            }

            foreach (var profile in _changed)
            {
                WriteCount(writer, profile);
            }

            _forgotten.Clear();
            _unsaved.Clear();
            _changed.Clear();
        }
    }

    public void OnPersisted(ICheckpointRows rows)
    {
        lock (_lock)
        {
            _rows = rows;
            _leaving.Clear();
        }
    }

    public ValueTask<long> EraseAsync(ErasureSubject subject, CancellationToken cancellationToken)
    {
        var erased = 0L;
        foreach (var profile in subject.ProfileIds)
        {
            erased += CountOf(profile);
            Forget(profile);
        }

        return ValueTask.FromResult(erased);
    }

    public ValueTask<long> CountAsync(ErasureSubject subject, CancellationToken cancellationToken) =>
        ValueTask.FromResult(subject.ProfileIds.Sum(profile => (long)CountOf(profile)));

    public async ValueTask ExportAsync(ErasureSubject subject, Utf8JsonWriter json, CancellationToken cancellationToken)
    {
        json.WriteStartArray();
        foreach (var profile in subject.ProfileIds.Order())
        {
            foreach (var entry in Backwards(profile))
            {
                LedgerJson.Write(json, entry);
                await json.FlushAsync(cancellationToken);
            }
        }

        json.WriteEndArray();
    }

    private static long KeyOf(int profileId, int sequence) => ((long)profileId << 32) | (uint)sequence;

    private void WriteCount(CheckpointWriter writer, int profile)
    {
        if (_counts[profile] == 0)
        {
            writer.Delete(CountTable, profile);
        }
        else
        {
            BinaryPrimitives.WriteInt32LittleEndian(writer.Reserve(CountTable, profile, sizeof(int)), _counts[profile]);
        }
    }

    /// <summary>A window at a time, so that nobody's thousand changes are read to show the last ten.</summary>
    private IEnumerable<LedgerEntry> Backwards(int profileId)
    {
        for (var end = CountOf(profileId); end > 0; end -= Window)
        {
            var rows = Rows(profileId, Math.Max(0, end - Window), end);
            for (var i = rows.Count - 1; i >= 0; i--)
            {
                yield return LedgerEntryCodec.Read(rows[i]);
            }
        }
    }

    private List<byte[]> Rows(int profileId, int from, int to)
    {
        var rows = new SortedDictionary<long, byte[]>();
        void Overlay(Dictionary<long, byte[]> recent)
        {
            for (var sequence = from; sequence < to; sequence++)
            {
                if (recent.TryGetValue(KeyOf(profileId, sequence), out var row))
                {
                    rows[KeyOf(profileId, sequence)] = row;
                }
            }
        }

        // What leaves memory meanwhile is on disk by then: memory is looked at first, and wins.
        lock (_lock)
        {
            Overlay(_leaving);
            Overlay(_unsaved);
        }

        _rows?.Visit(RowTable, KeyOf(profileId, from), KeyOf(profileId, to - 1), (key, value) => rows.TryAdd(key, value.ToArray()));
        return [.. rows.Values];
    }
}
