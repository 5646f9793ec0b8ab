namespace Personalization.Tracking.Domain.Quality;

/// <summary>
/// How far the clients' clocks of a source are off: our arrival minus their sending, in steps that grow. Counted without end by one
/// thread; another looks at the differences. The way through the net is part of it, which is seconds where clocks are off by hours.
/// </summary>
internal sealed class SkewHistogram
{
    /// <summary>Upper ends of the steps in seconds; the last step has none.</summary>
    private static readonly int[] Ends =
        [-604_800, -86_400, -43_200, -21_600, -7_200, -3_600, -1_800, -600, -300, -120, -60, -30, -10, -2, 2, 10, 30, 60, 120, 300, 600, 1_800, 3_600, 7_200, 21_600, 43_200, 86_400, 604_800];

    /// <summary>Looks that are remembered: five minutes.</summary>
    private const int Kept = 30;
    private readonly long[] _counts = new long[Ends.Length + 1];
    private readonly long[][] _looks = new long[Kept][];
    private int _lookCount;

    /// <summary>Counts one request's events; one thread.</summary>
    public void Add(long receivedAtMs, long sentAtMs)
    {
        var seconds = (receivedAtMs - sentAtMs) / 1000;
        var step = 14;
        while (step < Ends.Length && seconds >= Ends[step])
        {
            step++;
        }

        while (step > 0 && seconds < Ends[step - 1])
        {
            step--;
        }

        Volatile.Write(ref _counts[step], _counts[step] + 1);
    }

    /// <summary>
    /// Every ten seconds, from the one other thread: the middle of the median's step, the end of that step which is next to 0 (half of the events are off by as
    /// much or more), and the number of events of the last five minutes.
    /// </summary>
    public (double MedianSeconds, int LeastSeconds, long Total) Look()
    {
        ref var look = ref _looks[_lookCount % Kept];
        var before = look ?? new long[_counts.Length];
        var now = new long[_counts.Length];
        for (var step = 0; step < now.Length; step++)
        {
            now[step] = Volatile.Read(ref _counts[step]);
        }

        look = now;
        _lookCount++;
        return Median(now, _lookCount > Kept ? before : new long[_counts.Length]);
    }

    private static (double MedianSeconds, int LeastSeconds, long Total) Median(long[] now, long[] before)
    {
        var total = now.Sum() - before.Sum();
        var below = 0L;
        for (var step = 0; step < now.Length; step++)
        {
            below += now[step] - before[step];
            if (below * 2 > total)
            {
                return (Middle(step), Least(step), total);
            }
        }

        return (0, 0, 0);
    }

    private static double Middle(int step) =>
        step == 0 ? Ends[0] : step == Ends.Length ? Ends[^1] : (Ends[step - 1] + Ends[step]) / 2.0;

    /// <summary>The step around 0 has both signs.</summary>
    private static int Least(int step) =>
        step == 0 ? Ends[0] : step == Ends.Length || Ends[step - 1] > 0 ? Ends[step - 1] : Ends[step] < 0 ? Ends[step] : 0;
}
