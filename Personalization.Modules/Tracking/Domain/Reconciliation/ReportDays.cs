namespace Personalization.Tracking.Domain.Reconciliation;

/// <summary>Days of a time zone, numbered from 0001-01-01, and where they begin.</summary>
internal sealed class ReportDays(TimeZoneInfo zone)
{
    public const long DayMs = 86_400_000;

    /// <summary>Distance from the beginning or end of a day at which another clock may have counted an event for the other day.</summary>
    public const long BoundaryMs = 15 * 60_000;

    // Events come in the order of time: nearly all are of the day of the one before.
    private int _day = -1;
    private long _startMs;
    private long _endMs;

    /// <summary>The day of a time, and how far into it the time is.</summary>
    public int DayOf(long unixMs, out long sinceStartMs, out long untilEndMs)
    {
        if (_day < 0 || unixMs < _startMs || unixMs >= _endMs)
        {
            var local = TimeZoneInfo.ConvertTime(DateTimeOffset.FromUnixTimeMilliseconds(unixMs), zone);
            _day = DateOnly.FromDateTime(local.DateTime).DayNumber;
            _startMs = StartMs(_day);
            _endMs = StartMs(_day + 1);
        }

        sinceStartMs = unixMs - _startMs;
        untilEndMs = _endMs - unixMs;
        return _day;
    }

    public int DayOf(long unixMs) => DayOf(unixMs, out _, out _);

    /// <summary>Its first moment, Unix ms. A midnight that the change to summer time leaves out is the moment of the change.</summary>
    public long StartMs(int day)
    {
        var midnight = DateOnly.FromDayNumber(day).ToDateTime(TimeOnly.MinValue, DateTimeKind.Unspecified);
        while (zone.IsInvalidTime(midnight))
        {
            midnight = midnight.AddMinutes(15);
        }

        // Where a midnight comes twice, the day begins with the first: the larger offset.
        var offset = zone.IsAmbiguousTime(midnight) ? zone.GetAmbiguousTimeOffsets(midnight).Max() : zone.GetUtcOffset(midnight);
        return new DateTimeOffset(midnight, offset).ToUnixTimeMilliseconds();
    }
}
