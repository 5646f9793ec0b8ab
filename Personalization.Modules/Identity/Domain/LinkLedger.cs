using System.Runtime.InteropServices;
using System.Text.Json;
using Personalization.Kernel.Checkpoints;
using Personalization.Kernel.Privacy;

namespace Personalization.Identity.Domain;

/// <summary>
/// Every binding and every merge with its event, rule and confidence, so that the graph can give its reasons. On disk but for what is
/// new since the last checkpoint; a profile's rows stand together.
/// </summary>
internal sealed class LinkLedger : ICheckpointed, ICheckpointObserver, IPersonalDataStore
{
    public const string File = "identity";
    public const byte LinkTable = 8;
    private const byte SequenceTable = 9;

    private readonly Lock _lock = new();
    private readonly List<long> _erasedRows = [];
    private List<Link> _links = [];
    private List<Link> _onTheirWay = [];
    private ICheckpointRows? _rows;
    private uint _sequence;

    public string FileName => File;

    public int Version => 1;

    public string Name => "identity/links";

    public void Add(in Link link)
    {
        lock (_lock)
        {
            _links.Add(link);
        }
    }

    /// <summary>All links of these profiles, in the order of the log. Reads disk.</summary>
    public List<Link> Of(IReadOnlySet<int> profileIds)
    {
        var found = new List<Link>();
        lock (_lock)
        {
            found.AddRange(_onTheirWay.Concat(_links).Where(link => profileIds.Contains(link.ProfileId)));
        }

        foreach (var profileId in profileIds)
        {
            Visit(profileId, (_, value) => found.Add(MemoryMarshal.Read<Link>(value)));
        }

        // What reached the disk between the two looks was seen twice.
        return [.. found.Distinct().OrderBy(link => link.Offset)];
    }

    public void Load(CheckpointReader reader) => reader.Visit(SequenceTable, (_, value) => _sequence = MemoryMarshal.Read<uint>(value));

    public void Collect(CheckpointWriter writer)
    {
        lock (_lock)
        {
            foreach (var link in _links)
            {
                MemoryMarshal.Write(writer.Reserve(LinkTable, RowKey(link.ProfileId, _sequence++), Marshal.SizeOf<Link>()), link);
            }

            MemoryMarshal.Write(writer.Reserve(SequenceTable, 0, sizeof(uint)), _sequence);
            _erasedRows.ForEach(row => writer.Delete(LinkTable, row));
            _erasedRows.Clear();
            if (_onTheirWay.Count == 0)
            {
                (_links, _onTheirWay) = (_onTheirWay, _links);
            }
            else
            {
                // The cut before has not reached the disk yet.
                _onTheirWay.AddRange(_links);
                _links.Clear();
            }
        }
    }

    public void OnPersisted(ICheckpointRows rows)
    {
        lock (_lock)
        {
            _rows = rows;
            _onTheirWay.Clear();
        }
    }

    public ValueTask<long> EraseAsync(ErasureSubject subject, CancellationToken cancellationToken)
    {
        lock (_lock)
        {
            var before = _erasedRows.Count;
            long erased = _links.RemoveAll(link => subject.ProfileIds.Contains(link.ProfileId));
            foreach (var profileId in subject.ProfileIds)
            {
                Visit(profileId, (row, _) => _erasedRows.Add(row));
            }

            return ValueTask.FromResult(erased + _erasedRows.Count - before);
        }
    }

    public ValueTask<long> CountAsync(ErasureSubject subject, CancellationToken cancellationToken)
    {
        lock (_lock)
        {
            long found = _links.Count(link => subject.ProfileIds.Contains(link.ProfileId));
            foreach (var profileId in subject.ProfileIds)
            {
                Visit(profileId, (_, _) => found++);
            }

            return ValueTask.FromResult(found);
        }
    }

    public async ValueTask ExportAsync(ErasureSubject subject, Utf8JsonWriter json, CancellationToken cancellationToken)
    {
        json.WriteStartArray();
        foreach (var link in Of(subject.ProfileIds))
        {
            json.WriteStartObject();
            json.WriteString("rule", link.Rule.ToString());
            json.WriteNumber("profileNumber", link.ProfileId);
            json.WriteString("keyedHashOfIdentifier", link.Key.ToString("x32", System.Globalization.CultureInfo.InvariantCulture));
            json.WriteNumber("confidence", link.Confidence);
            json.WriteString("at", DateTimeOffset.FromUnixTimeMilliseconds(link.TimeMs));
            json.WriteEndObject();
            if (json.BytesPending > 64 * 1024)
            {
                await json.FlushAsync(cancellationToken);
            }
        }

        json.WriteEndArray();
    }

    private static long RowKey(int profileId, uint sequence) => ((long)profileId << 32) | sequence;

    private void Visit(int profileId, CheckpointRowVisitor visitor) =>
        _rows?.Visit(LinkTable, RowKey(profileId, 0), RowKey(profileId, uint.MaxValue), visitor);
}
