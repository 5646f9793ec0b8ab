using System.Text;
using Personalization.Kernel.Hashing;
using Personalization.Tracking.Contracts;
using Personalization.Tracking.Domain.Quality;
using Personalization.Tracking.Domain.Reconciliation;

namespace Personalization.Tracking.Pipeline.Reconciliation;

/// <summary>
/// Reads events of the log and counts them as the product does: by event time, each message id of a source once. One thread.
/// </summary>
internal sealed class ReconciliationScan
{
    private const int MaxUnreported = 10_000;
    private readonly SeriesDirectory _series;
    private readonly Dictionary<(int Series, int Day), RowTally> _cells = [];
    private readonly HashSet<int> _reportedSeries = [];
    private readonly HashSet<ushort> _sources = [];
    private readonly HashSet<int> _days = [];
    private readonly HashSet<UInt128> _seen = [];
    private readonly Dictionary<(int Series, int Day), long> _unreported = [];
    private readonly Dictionary<(ushort SourceId, int Day), (long Erased, long Unreadable)> _lost = [];
    private readonly ReportDays _time;
    private readonly int _maxSeen;

    /// <param name="report">To compare with.</param>
    /// <param name="sourceIdOf">Number of a source's name; 0 for one that there is not.</param>
    /// <param name="hasher">For message ids.</param>
    /// <param name="maxSeen">Message ids that are remembered.</param>
    public ReconciliationScan(BatchReport report, Func<string, ushort> sourceIdOf, KeyHasher hasher, int maxSeen)
    {
        _time = new ReportDays(report.Zone);
        _maxSeen = maxSeen;
        _series = new SeriesDirectory((report.Rows.Count * 2) + 2_000, seed: 0);
        Rows = [.. report.Rows.Select(row => new RowTally(row))];
        foreach (var tally in Rows)
        {
            var row = tally.Row;
            var sourceId = sourceIdOf(row.Source);
            SourceIds[row.Source] = sourceId;
            _sources.Add(sourceId);
            _days.Add(row.Day.DayNumber);
            var series = _series.Resolve(sourceId, row.Type, Encoding.UTF8.GetBytes(row.Event));
            _reportedSeries.Add(series);
            _cells[(series, row.Day.DayNumber)] = tally;
        }

        Ids = new ReportedIds(Rows, SourceIds, hasher);
    }

    public IReadOnlyList<RowTally> Rows { get; }

    public ReportedIds Ids { get; }

    public Dictionary<string, ushort> SourceIds { get; } = new(StringComparer.Ordinal);

    public long Scanned { get; private set; }

    public bool IsApproximate { get; private set; }

    /// <summary>Events before this arrival cannot be of the report's days: event time is never after arrival. A day more, for first copies of duplicates.</summary>
    public long FirstArrivalMs => _time.StartMs(_days.Min()) - ReportDays.DayMs;

    public IEnumerable<(Series Series, int Day, long Count)> Unreported =>
        _unreported.Select(entry => (_series[entry.Key.Series], entry.Key.Day, entry.Value));

    public (long Erased, long Unreadable) LostOf(ushort sourceId, int day) => _lost.GetValueOrDefault((sourceId, day));

    public Series SeriesOf(int series) => _series[series];

    /// <summary>Counts one batch.</summary>
    public void Add(EventBatch batch)
    {
        for (var i = 0; i < batch.EventCount; i++)
        {
            Scanned++;
            var found = batch[i];
            if (found.IsDropped)
            {
                Lose(batch.SourceId, batch.ReceivedAtMs, found.Drop);
            }
            else
            {
                Add(found, batch.SourceId);
            }
        }
    }

    private void Add(TrackedEvent found, ushort sourceId)
    {
        var isReportedSource = _sources.Contains(sourceId);
        var isDuplicate = isReportedSource && IsDuplicate(found.MessageKey);
        var series = isReportedSource ? _series.Resolve(sourceId, found.Type, found.Text(found.Name)) : SeriesDirectory.Other;
        var day = _time.DayOf(found.TimestampMs, out var sinceStartMs, out var untilEndMs);
        var clockDay = found.OriginalTimestampMs == long.MinValue ? day : ClockDay(found.OriginalTimestampMs, day);
        var cell = series != SeriesDirectory.Other ? _cells.GetValueOrDefault((series, day)) : null;
        var reported = Ids.Any ? Ids.Find(found) : null;
        var own = reported?.Of(sourceId);
        for (var sighting = own ?? reported; sighting is not null; sighting = own is null ? sighting.Other : null)
        {
            See(sighting, cell, found.Offset, sourceId, series, day, isDuplicate, clockDay != day);
        }

        if (cell?.Row.MessageIds is not null && cell != own?.Row && !isDuplicate)
        {
            cell.AddExtra(found);
        }

        if (!isReportedSource)
        {
            return;
        }

        if (isDuplicate)
        {
            cell?.Duplicates += 1;
            return;
        }

        if (cell is not null)
        {
            cell.Add(found);
            cell.MovedIn += clockDay != day ? 1 : 0;
            cell.NearBoundary += sinceStartMs < ReportDays.BoundaryMs || untilEndMs <= ReportDays.BoundaryMs ? 1 : 0;
        }
        else
        {
            CountUnreported(series, day);
        }

        if (series != SeriesDirectory.Other && _reportedSeries.Contains(series))
        {
            CountNeighbours(series, day, clockDay, sinceStartMs, untilEndMs);
        }
    }

    private void CountNeighbours(int series, int day, int clockDay, long sinceStartMs, long untilEndMs)
    {
        if (clockDay != day && _cells.TryGetValue((series, clockDay), out var byClock))
        {
            byClock.MovedOut++;
        }

        if (sinceStartMs < ReportDays.BoundaryMs && _cells.TryGetValue((series, day - 1), out var before))
        {
            before.JustOutside++;
        }

        if (untilEndMs <= ReportDays.BoundaryMs && _cells.TryGetValue((series, day + 1), out var after))
        {
            after.JustOutside++;
        }
    }

    /// <summary>An id that is not of this row counts as extra there, and as seen elsewhere for the row that reported it.</summary>
    private static void See(
        ReportedIds.Sighting sighting, RowTally? cell, long offset, ushort sourceId, int series, int day, bool isDuplicate, bool isMovedByClock)
    {
        if (cell == sighting.Row && isDuplicate)
        {
            sighting.DuplicateOffset ??= sighting.IsFound ? null : offset;
        }
        else if (cell == sighting.Row)
        {
            sighting.IsFound = true;
        }
        else
        {
            sighting.Elsewhere ??= (offset, sourceId, series, day, isMovedByClock);
        }
    }

    private bool IsDuplicate(UInt128 key)
    {
        if (key == default)
        {
            return false;
        }

        if (_seen.Count < _maxSeen)
        {
            return !_seen.Add(key);
        }

        IsApproximate = true;
        return _seen.Contains(key);
    }

    /// <summary>The clock of a client may say anything; beyond the years that a day has a number in, it says nothing.</summary>
    private int ClockDay(long originalMs, int day) => originalMs is > 0 and < 250_000_000_000_000 ? _time.DayOf(originalMs) : day;

    private void CountUnreported(int series, int day)
    {
        if (_days.Contains(day) && (_unreported.Count < MaxUnreported || _unreported.ContainsKey((series, day))))
        {
            _unreported[(series, day)] = _unreported.GetValueOrDefault((series, day)) + 1;
        }
    }

    private void Lose(ushort sourceId, long receivedAtMs, DropReason reason)
    {
        var day = _time.DayOf(receivedAtMs);
        if (_days.Contains(day))
        {
            var (erased, unreadable) = _lost.GetValueOrDefault((sourceId, day));
            _lost[(sourceId, day)] = reason == DropReason.Erased ? (erased + 1, unreadable) : (erased, unreadable + 1);
        }
    }
}
