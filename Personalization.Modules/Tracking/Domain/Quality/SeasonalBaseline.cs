namespace Personalization.Tracking.Domain.Quality;

/// <summary>
/// What is usual for a series: events a minute by hour of the week, each smoothed over the weeks (exponentially, so that old weeks
/// fade), and how much the minutes scatter beyond chance. One thread.
/// </summary>
internal sealed class SeasonalBaseline
{
    public const int Hours = 168;
    private const int HoursPerDay = 24;

    /// <summary>Weight of the newest week; 0.3 follows a change within a month, and one odd week moves it by less than a third.</summary>
    private const double Newest = 0.3;

    /// <summary>Of an hour that was flagged: it may be the new normal, but must not become it at once.</summary>
    private const double NewestFlagged = 0.1;
    private const int MinMinutesOfHour = 30;
    private const double FirstScatter = 0.2;

    /// <summary>1970-01-01 was a Thursday: the week of the buckets begins on Monday, 00:00 UTC.</summary>
    private const long HoursBeforeMonday = 72;

    public float[] Rates { get; } = new float[Hours];

    /// <summary>Weeks that each hour was seen in, up to 255.</summary>
    public byte[] Weeks { get; } = new byte[Hours];

    /// <summary>Relative scatter of the minutes beyond Poisson's: the variance of n expected events is n + (scatter n)².</summary>
    public double Scatter { get; set; } = FirstScatter;

    /// <summary>The hour that is under way, since 1970.</summary>
    public long Hour { get; set; } = -1;

    public double HourSum { get; set; }

    public int HourMinutes { get; set; }

    public int HourFlagged { get; set; }

    /// <summary>Takes a minute in that was watched from its beginning to its end.</summary>
    /// <param name="minute">Since 1970.</param>
    /// <param name="count">Events of it.</param>
    /// <param name="isFlagged">Whether the volume was flagged meanwhile.</param>
    public void AddMinute(long minute, int count, bool isFlagged)
    {
        var hour = minute / 60;
        if (hour != Hour)
        {
            FinishHour();
            Hour = hour;
        }

        LearnScatter(minute, count, isFlagged);
        HourSum += count;
        HourMinutes++;
        HourFlagged += isFlagged ? 1 : 0;
    }

    /// <summary>Events a minute that are usual around this minute, or NaN. Between the middles of two hours it is interpolated.</summary>
    public double RateAt(long minute, out BaselineKind kind)
    {
        var own = RateOf(minute / 60, out kind);
        if (double.IsNaN(own))
        {
            return own;
        }

        var fromMiddle = ((minute % 60) - 29.5) / 60;
        var neighbour = RateOf((minute / 60) + Math.Sign(fromMiddle), out _);
        return double.IsNaN(neighbour) ? own : own + ((neighbour - own) * Math.Abs(fromMiddle));
    }

    /// <summary>Of one hour: its own weeks, else the same hour of other days.</summary>
    private double RateOf(long hour, out BaselineKind kind)
    {
        var bucket = BucketOf(hour);
        if (Weeks[bucket] > 0)
        {
            kind = BaselineKind.Weekly;
            return Rates[bucket];
        }

        var (sum, days) = (0.0, 0);
        for (var other = bucket % HoursPerDay; other < Hours; other += HoursPerDay)
        {
            sum += Weeks[other] > 0 ? Rates[other] : 0;
            days += Weeks[other] > 0 ? 1 : 0;
        }

        kind = days > 0 ? BaselineKind.Daily : BaselineKind.Learning;
        return days > 0 ? sum / days : double.NaN;
    }

    private void FinishHour()
    {
        if (HourMinutes >= MinMinutesOfHour)
        {
            var bucket = BucketOf(Hour);
            var rate = HourSum / HourMinutes;
            var known = Weeks[bucket] > 0 ? Rates[bucket] : rate;
            var weight = HourFlagged * 2 > HourMinutes ? NewestFlagged : Newest;
            Rates[bucket] = (float)(known + (weight * (rate - known)));
            Weeks[bucket] = (byte)Math.Min(byte.MaxValue, Weeks[bucket] + 1);
        }

        HourSum = 0;
        HourMinutes = HourFlagged = 0;
    }

    /// <summary>A mean of squares in which no minute counts for more than three times what is usual: an outage must not excuse the next.</summary>
    private void LearnScatter(long minute, int count, bool isFlagged)
    {
        var rate = RateAt(minute, out _);
        if (!(rate >= 5) || isFlagged)
        {
            return;
        }

        var excess = (((count - rate) * (count - rate)) - rate) / (rate * rate);
        var square = Scatter * Scatter;
        Scatter = Math.Sqrt(square + (0.01 * (Math.Clamp(excess, 0, (9 * square) + 0.01) - square)));
    }

    private static int BucketOf(long hour) => (int)((hour + HoursBeforeMonday) % Hours);
}

/// <summary>What an expectation rests on, the surest last.</summary>
internal enum BaselineKind : byte
{
    /// <summary>Nothing yet: nothing is flagged.</summary>
    Learning,

    /// <summary>The last hour.</summary>
    Recent,

    /// <summary>The same hour of other days.</summary>
    Daily,

    /// <summary>The same hour of the same day of earlier weeks.</summary>
    Weekly,
}
