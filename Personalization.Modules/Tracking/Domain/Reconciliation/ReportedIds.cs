using System.Text;
using Personalization.Kernel.Hashing;
using Personalization.Tracking.Contracts;

namespace Personalization.Tracking.Domain.Reconciliation;

/// <summary>The message ids of a report, and where the log has them. An id is one event's within its source only. One thread.</summary>
internal sealed class ReportedIds
{
    /// <summary>Not a source's space: an id is looked for in every source.</summary>
    private static readonly KeySpace AnySource = new(0x5245_434F_4E);
    private readonly Dictionary<UInt128, Sighting> _ids = [];
    private readonly List<(RowTally Row, string Id)> _reportedTwice = [];
    private readonly KeyHasher _hasher;

    /// <param name="rows">Of the report.</param>
    /// <param name="sourceIds">Numbers of the rows' sources; 0 for one that there is not.</param>
    /// <param name="hasher">For message ids.</param>
    public ReportedIds(IEnumerable<RowTally> rows, IReadOnlyDictionary<string, ushort> sourceIds, KeyHasher hasher)
    {
        _hasher = hasher;
        foreach (var row in rows)
        {
            foreach (var id in row.Row.MessageIds ?? [])
            {
                Add(row, id, sourceIds[row.Row.Source]);
            }
        }
    }

    public bool Any => _ids.Count > 0;

    /// <summary>Those that are not in their row.</summary>
    public IEnumerable<Sighting> Missing => _ids.Values.SelectMany(sighting => sighting.AndOthers).Where(sighting => !sighting.IsFound);

    public IEnumerable<(RowTally Row, string Id)> ReportedTwice => _reportedTwice;

    /// <summary>The reported id that an event bears, for each source that reported it; null when it bears none of them.</summary>
    public Sighting? Find(TrackedEvent found) =>
        found.MessageId.IsEmpty ? null : _ids.GetValueOrDefault(_hasher.Hash(AnySource, found.Text(found.MessageId)));

    private void Add(RowTally row, string id, ushort sourceId)
    {
        var key = _hasher.Hash(AnySource, Encoding.UTF8.GetBytes(id));
        if (!_ids.TryGetValue(key, out var first))
        {
            _ids[key] = new Sighting(row, id, sourceId, null);
        }
        else if (first.AndOthers.Any(other => other.Row.Row.Source == row.Row.Source))
        {
            _reportedTwice.Add((row, id));
        }
        else
        {
            _ids[key] = new Sighting(row, id, sourceId, first);
        }
    }

    /// <summary>Where a reported id was seen.</summary>
    /// <param name="row">That reported it.</param>
    /// <param name="id">The id.</param>
    /// <param name="sourceId">The row's source; 0 when there is none of its name.</param>
    /// <param name="other">See <see cref="Other"/>.</param>
    internal sealed class Sighting(RowTally row, string id, ushort sourceId, Sighting? other)
    {
        public RowTally Row => row;

        public string Id => id;

        public ushort SourceId => sourceId;

        /// <summary>The same id as a row of another source reported it; null for the last.</summary>
        public Sighting? Other => other;

        public bool IsFound { get; set; }

        /// <summary>Elsewhere than in its row, the first of several.</summary>
        public (long Offset, ushort SourceId, int Series, int Day, bool IsMovedByClock)? Elsewhere { get; set; }

        /// <summary>In its row, but as the repetition of another event.</summary>
        public long? DuplicateOffset { get; set; }

        /// <summary>This one, and those of the other sources that reported the same id.</summary>
        public IEnumerable<Sighting> AndOthers
        {
            get
            {
                for (var each = this; each is not null; each = each.Other)
                {
                    yield return each;
                }
            }
        }

        /// <summary>The one that the event of a source is; null when no row of that source reported the id.</summary>
        public Sighting? Of(ushort source)
        {
            var each = this;
            while (each is not null && each.SourceId != source)
            {
                each = each.Other;
            }

            return each;
        }
    }
}
