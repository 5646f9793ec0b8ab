namespace Personalization.Tests.Features.Model;

/// <summary>
/// Which session an event belongs to, of clients that name none: the two newest are known, and events within half an hour of one belong to it. Between the
/// two a late one begins its own; before both it belongs to none, unless it was imported: those have one of their own at a time.
/// </summary>
internal sealed class OracleSessions
{
    private const long GapMs = 30 * 60_000;

    /// <summary>At most two, the newest first; of two that ended together the one whose last event came in later.</summary>
    private List<Visit> _known = [];
    private Visit? _imported;

    /// <returns>Number of the session: 1 more than the place of the event that began it; 0 for none.</returns>
    public long Take(long timeMs, long place, bool isHistorical)
    {
        if (_known.Find(visit => visit.IsNear(timeMs)) is { } near)
        {
            near.Extend(timeMs, place);
            Keep(_known);
            return near.Number;
        }

        if (_known.Count < 2 || timeMs >= _known[1].Last.TimeMs)
        {
            Keep([new Visit(timeMs, place), .. _known]);
            return place + 1;
        }

        if (!isHistorical)
        {
            return 0;
        }

        if (_imported?.IsNear(timeMs) == true)
        {
            _imported.Extend(timeMs, place);
        }
        else
        {
            _imported = new Visit(timeMs, place);
        }

        return _imported.Number;
    }

    /// <summary>Two people are one: the newest sessions of both.</summary>
    public void Merge(OracleSessions other)
    {
        foreach (var visit in Enumerable.Reverse(other._known))
        {
            Keep([visit, .. _known]);
        }
    }

    private void Keep(IEnumerable<Visit> visits) => _known = [.. visits.OrderByDescending(visit => visit.Last).Take(2)];

    private sealed class Visit(long timeMs, long place)
    {
        private long _startMs = timeMs;

        public long Number { get; } = place + 1;

        /// <summary>Time and place of its last event.</summary>
        public (long TimeMs, long Place) Last { get; private set; } = (timeMs, place);

        public bool IsNear(long timeMs) => timeMs >= _startMs - GapMs && timeMs <= Last.TimeMs + GapMs;

        public void Extend(long timeMs, long place)
        {
            _startMs = Math.Min(_startMs, timeMs);
            Last = Last.CompareTo((timeMs, place)) > 0 ? Last : (timeMs, place);
        }
    }
}
