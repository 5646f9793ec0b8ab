using Personalization.Kernel.Json;

namespace Personalization.Kernel.Time;

/// <summary>Reads the times that clients send into Unix milliseconds, UTC, without allocating.</summary>
internal static class UnixTime
{
    /// <summary>The last millisecond of the year 9999; times beyond it or before the year 1 are no times.</summary>
    private const long MaxMs = 253402300799999;
    private const long MinMs = -62135596800000;

    /// <summary>Numbers below this are seconds: as milliseconds they would lie before March 1973, as seconds before 5138.</summary>
    private const double FirstMs = 1e11;

    /// <summary>Smaller numbers are years, counters or zero, not times: as seconds they would lie before March 1973.</summary>
    private const double FirstSecond = 1e8;

    /// <summary>ISO 8601, or Unix seconds or milliseconds written as text.</summary>
    public static bool TryParse(ReadOnlySpan<byte> text, out long unixMs) =>
        TryParseIso(text, out unixMs) || TryParseNumber(text, out unixMs);

    /// <summary>Unix milliseconds, or seconds with or without a fraction.</summary>
    public static bool TryParseNumber(ReadOnlySpan<byte> text, out long unixMs)
    {
        unixMs = 0;
        return Utf8Number.TryParse(text, out var number) && TryRead(number, out unixMs);
    }

    /// <inheritdoc cref="TryParseNumber"/>
    public static bool TryRead(double number, out long unixMs)
    {
        unixMs = 0;
        if (!(Math.Abs(number) >= FirstSecond))
        {
            return false;
        }

        var ms = Math.Abs(number) < FirstMs ? number * 1000 : number;
        if (ms is < MinMs or > MaxMs)
        {
            return false;
        }

        unixMs = (long)Math.Round(ms);
        return true;
    }

    /// <summary>
    /// <c>2024-05-01</c>, <c>2024-05-01T12:30</c>, with seconds, any number of decimals (cut to milliseconds), <c>Z</c>, <c>+02:00</c>,
    /// <c>+0200</c>, <c>+02</c> or nothing, which means UTC.
    /// </summary>
    private static bool TryParseIso(ReadOnlySpan<byte> text, out long unixMs)
    {
        unixMs = 0;
        if (text.Length < 10 || text[4] != '-' || text[7] != '-')
        {
            return false;
        }

        var century = Two(text, 0);
        var yearOfCentury = Two(text, 2);
        var month = Two(text, 5);
        var day = Two(text, 8);
        var year = (century * 100) + yearOfCentury;
        if ((century | yearOfCentury) < 0 || year < 1 || month is < 1 or > 12 || day < 1 || day > DateTime.DaysInMonth(year, month))
        {
            return false;
        }

        var timeMs = 0L;
        if (text.Length > 10 && !TryParseTime(text[10..], out timeMs))
        {
            return false;
        }

        unixMs = (DaysSinceEpoch(year, month, day) * 86_400_000) + timeMs;
        return unixMs is >= MinMs and <= MaxMs;
    }

    /// <summary>From the <c>T</c> or space on; the offset is taken off, so the result may lie outside the day.</summary>
    private static bool TryParseTime(ReadOnlySpan<byte> text, out long ms)
    {
        ms = 0;
        if (text.Length < 6 || text[0] is not ((byte)'T' or (byte)'t' or (byte)' ') || text[3] != ':')
        {
            return false;
        }

        var hour = Two(text, 1);
        var minute = Two(text, 4);
        var second = 0;
        var at = 6;
        if (text.Length >= 9 && text[6] == ':')
        {
            second = Two(text, 7);
            at = 9;
        }

        // A leap second counts as the second before it.
        if (hour is < 0 or > 23 || minute is < 0 or > 59 || second is < 0 or > 60)
        {
            return false;
        }

        ms = (((hour * 60L) + minute) * 60_000L) + (Math.Min(second, 59) * 1000L);
        return TryAddFraction(text, ref at, ref ms) && TryTakeOffset(text[at..], ref ms);
    }

    private static bool TryAddFraction(ReadOnlySpan<byte> text, ref int at, ref long ms)
    {
        if (at >= text.Length || text[at] is not ((byte)'.' or (byte)','))
        {
            return true;
        }

        var first = ++at;
        var weight = 100;
        for (; at < text.Length && (uint)(text[at] - '0') <= 9; at++)
        {
            ms += (text[at] - '0') * weight;
            weight /= 10;
        }

        return at > first;
    }

    private static bool TryTakeOffset(ReadOnlySpan<byte> text, ref long ms)
    {
        if (text.Length == 0 || (text.Length == 1 && text[0] is (byte)'Z' or (byte)'z'))
        {
            return true;
        }

        if (text[0] is not ((byte)'+' or (byte)'-') || text.Length is not (3 or 5 or 6) || (text.Length == 6 && text[3] != ':'))
        {
            return false;
        }

        var hours = Two(text, 1);
        var minutes = text.Length == 3 ? 0 : Two(text, text.Length - 2);
        if (hours is < 0 or > 23 || minutes is < 0 or > 59)
        {
            return false;
        }

        var offsetMs = ((hours * 60) + minutes) * 60_000L;
        ms += text[0] == '+' ? -offsetMs : offsetMs;
        return true;
    }

    /// <summary>Two digits, or -1.</summary>
    private static int Two(ReadOnlySpan<byte> text, int at)
    {
        var tens = (uint)(text[at] - '0');
        var ones = (uint)(text[at + 1] - '0');
        return tens <= 9 && ones <= 9 ? (int)((tens * 10) + ones) : -1;
    }

    /// <summary>Days from 1970-01-01 in the Gregorian calendar (Howard Hinnant, "chrono-compatible low-level date algorithms").</summary>
    private static long DaysSinceEpoch(int year, int month, int day)
    {
        var shifted = month <= 2 ? year - 1 : year;
        var era = shifted / 400;
        var yearOfEra = shifted - (era * 400);
        var dayOfYear = (((153 * (month > 2 ? month - 3 : month + 9)) + 2) / 5) + day - 1;
        var dayOfEra = (yearOfEra * 365) + (yearOfEra / 4) - (yearOfEra / 100) + dayOfYear;
        return (era * 146097L) + dayOfEra - 719468;
    }
}
