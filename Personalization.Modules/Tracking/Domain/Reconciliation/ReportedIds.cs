using System.Text;
using Personalization.Kernel.Hashing;
using Personalization.Tracking.Contracts;

namespace Personalization.Tracking.Domain.Reconciliation;

/// <summary>The message ids of a report, and where the log has them. One thread.</summary>
internal sealed class ReportedIds
{
    /// <summary>Not a source's space: an id is looked for in every source.</summary>
    private static readonly KeySpace AnySource = new(0x5245_434F_4E);
    private readonly Dictionary<UInt128, Sighting> _ids = [];
    private readonly List<(RowTally Row, string Id)> _reportedTwice = [];
    private readonly KeyHasher _hasher;

    public ReportedIds(IEnumerable<RowTally> rows, KeyHasher hasher)
    {
        _hasher = hasher;
        foreach (var row in rows)
        {
            foreach (var id in row.Row.MessageIds ?? [])
            {
                if (!_ids.TryAdd(hasher.Hash(AnySource, Encoding.UTF8.GetBytes(id)), new Sighting(row, id)))
                {
                    _reportedTwice.Add((row, id));
                }
            }
        }
    }

    public bool Any => _ids.Count > 0;

    /// <summary>Those that are not in their row.</summary>
    public IEnumerable<Sighting> Missing => _ids.Values.Where(sighting => !sighting.IsFound);

    public IEnumerable<(RowTally Row, string Id)> ReportedTwice => _reportedTwice;

    /// <summary>The reported id that an event bears; null when it bears none of them.</summary>
    public Sighting? Find(TrackedEvent found) =>
        found.MessageId.IsEmpty ? null : _ids.GetValueOrDefault(_hasher.Hash(AnySource, found.Text(found.MessageId)));

    /// <summary>Where a reported id was seen.</summary>
    internal sealed class Sighting(RowTally row, string id)
    {
        public RowTally Row => row;

        public string Id => id;

        public bool IsFound { get; set; }

        /// <summary>Elsewhere than in its row, the first of several.</summary>
        public (long Offset, ushort SourceId, int Series, int Day, bool IsMovedByClock)? Elsewhere { get; set; }

        /// <summary>In its row, but as the repetition of another event.</summary>
        public long? DuplicateOffset { get; set; }
    }
}
