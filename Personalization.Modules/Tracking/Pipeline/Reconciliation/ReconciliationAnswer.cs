using Personalization.Tracking.Contracts;
using Personalization.Tracking.Domain;
using Personalization.Tracking.Domain.DeadLetters;
using Personalization.Tracking.Domain.Reconciliation;
using Personalization.Tracking.Storage.DeadLetters;

namespace Personalization.Tracking.Pipeline.Reconciliation;

/// <summary>Says what a scan found, row by row.</summary>
internal sealed class ReconciliationAnswer(BatchReport report, ReconciliationScan scan, ISourceRegister sources, DeadLetterReader letters)
{
    private const int MaxUnreported = 100;

    /// <summary>Message ids that are looked up among the dead letters, which have no index by them.</summary>
    private const int MaxLookups = 500;
    private int _lookups;
    private readonly Dictionary<RowTally, List<MissingEvent>> _missing = [];

    public ReconciliationResult Write(long logUntil)
    {
        foreach (var sighting in scan.Ids.Missing)
        {
            AddMissing(sighting.Row, Explain(sighting));
        }

        foreach (var (row, id) in scan.Ids.ReportedTwice)
        {
            AddMissing(row, new MissingEvent(id, "reportedTwice", "The report names this message id more than once.", null));
        }

        var rows = scan.Rows.Select(Row).ToList();
        var unreported = scan.Unreported
            .OrderByDescending(entry => entry.Count)
            .Take(MaxUnreported)
            .Select(entry => new UnreportedCount(
                DayText(entry.Day), sources.NameOf(entry.Series.SourceId), Call(entry.Series.Type), entry.Series.Type == EventType.Track ? entry.Series.Name : "", entry.Count));
        var matched = rows.Count(row => row.IsMatch);
        return new ReconciliationResult(
            report.Zone.Id, matched, rows.Count - matched, scan.Scanned, logUntil, scan.IsApproximate, rows, [.. unreported]);
    }

    private RowResult Row(RowTally tally)
    {
        var row = tally.Row;
        var hasIds = row.MessageIds is not null;
        var missing = _missing.GetValueOrDefault(tally) ?? [];
        var sums = tally.Sums();
        var lost = scan.LostOf(scan.SourceIds[row.Source], row.Day.DayNumber);
        var breakdown = new RowBreakdown(
            tally.Duplicates, tally.MovedIn, tally.MovedOut, tally.NearBoundary, tally.JustOutside, lost.Erased, lost.Unreadable);
        var isMatch = tally.Count == row.Count && missing.Count == 0 && tally.ExtraTotal == 0 &&
            sums.Values.All(sum => Math.Abs(sum.Difference) <= report.Tolerance);
        return new RowResult(
            DayText(row.Day.DayNumber),
            row.Source,
            Call(row.Type),
            row.Event,
            isMatch,
            row.Count,
            tally.Count,
            tally.Count - row.Count,
            sums,
            isMatch ? "" : Words(tally, breakdown, missing),
            breakdown,
            hasIds ? missing.Count : null,
            hasIds ? missing.Take(RowTally.MaxListed).ToList() : null,
            hasIds ? missing.CountBy(entry => entry.Reason).ToDictionary(StringComparer.Ordinal) : null,
            hasIds ? tally.ExtraTotal : null,
            hasIds ? tally.Extra : null);
    }

    private MissingEvent Explain(ReportedIds.Sighting sighting)
    {
        if (sighting.DuplicateOffset is { } duplicate)
        {
            return new MissingEvent(sighting.Id, "duplicate", "It repeats the message id of an event of the same source that came before, and was dropped.", duplicate);
        }

        if (sighting.Elsewhere is { } other)
        {
            return Explain(sighting, other.Offset, other.SourceId, other.Series, other.Day, other.IsMovedByClock);
        }

        if (_lookups++ < MaxLookups && letters.Newest(new DeadLetterFilter { MessageId = sighting.Id }, long.MaxValue, 1) is [var letter])
        {
            return new MissingEvent(
                sighting.Id, "refused", $"It is dead letter {letter.Id}, from source '{letter.Source}': {letter.Reason}{(letter.Fault.Length > 0 ? ", " + letter.Fault : "")}.", null);
        }

        var row = sighting.Row.Row;
        return scan.LostOf(scan.SourceIds[row.Source], row.Day.DayNumber).Erased > 0
            ? new MissingEvent(sighting.Id, "erasedOrNotReceived", "It is not in the log; events of its source that came that day were erased, and which is not known any more.", null)
            : new MissingEvent(sighting.Id, "notReceived", "It is not in the log: it never came, or was refused and is not kept any more.", null);
    }

    private MissingEvent Explain(ReportedIds.Sighting sighting, long offset, ushort sourceId, int series, int day, bool isMovedByClock)
    {
        var row = sighting.Row.Row;
        if (sourceId != scan.SourceIds[row.Source])
        {
            return new MissingEvent(sighting.Id, "otherSource", $"The log has it from source '{sources.NameOf(sourceId)}'.", offset);
        }

        var found = scan.SeriesOf(series);
        if (day == row.Day.DayNumber)
        {
            return new MissingEvent(sighting.Id, "otherEvent", $"The log has it as {Call(found.Type)} '{found.Name}'.", offset);
        }

        var why = isMovedByClock ? "; by the client's own clock it would be another day" : "";
        return new MissingEvent(sighting.Id, "otherDay", $"The log has it on {DayText(day)}{why}.", offset);
    }

    /// <summary>The likeliest reasons of a difference: those that could account for it come first.</summary>
    private string Words(RowTally tally, RowBreakdown breakdown, List<MissingEvent> missing)
    {
        if (scan.SourceIds[tally.Row.Source] == 0)
        {
            return "There is no source of this name.";
        }

        var difference = tally.Count - tally.Row.Count;
        var words = new List<string>();
        Say(words, missing.Count, "reported events are not in this row of the log");
        Say(words, tally.ExtraTotal, "events of the log are not in the report");
        if (difference < 0)
        {
            Say(words, breakdown.DuplicatesDropped, "repeated message ids were dropped");
            Say(words, breakdown.MovedOutByClock, "events were moved to another day when the client's clock was corrected");
            Say(words, breakdown.ErasedFromSource, "events of the source that came that day were erased");
            Say(words, breakdown.UnreadableFromSource, "events of the source that came that day cannot be read any more");
            Say(words, breakdown.JustOutside, "events lie within 15 minutes outside the day");
        }
        else if (difference > 0)
        {
            Say(words, breakdown.MovedInByClock, "events were moved into this day when the client's clock was corrected");
            Say(words, breakdown.NearBoundary, "events lie within 15 minutes of the day's beginning or end");
        }
        else
        {
            Say(words, tally.Sums().Values.Sum(sum => sum.Unreadable), "values are no numbers");
        }

        return words.Count == 0 ? "Nothing in the log tells why: events that never came, or were refused, are not in it." : string.Join("; ", words) + ".";
    }

    private static void Say(List<string> words, long count, string what)
    {
        if (count > 0)
        {
            words.Add($"{count} {what}");
        }
    }

    private void AddMissing(RowTally row, MissingEvent missing)
    {
        if (!_missing.TryGetValue(row, out var list))
        {
            _missing[row] = list = [];
        }

        list.Add(missing);
    }

    private static string Call(EventType type) => type.ToString().ToLowerInvariant();

    private static string DayText(int day) => DateOnly.FromDayNumber(day).ToString("yyyy-MM-dd");
}
