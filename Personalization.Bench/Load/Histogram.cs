using System.Diagnostics;
using System.Numerics;

namespace Personalization.Bench.Load;

/// <summary>
/// Latencies in nanoseconds in logarithmic buckets of at most 1.6 % width: bounded, and nothing is allocated to record.
/// Thread-safe.
/// </summary>
internal sealed class Histogram
{
    private const int SubBits = 6;
    private const int SubCount = 1 << SubBits;

    private readonly long[] _counts = new long[(64 - SubBits + 1) * SubCount];
    private long _count;
    private long _sum;
    private long _max;

    public long Count => Volatile.Read(ref _count);

    public double MeanNanoseconds => Count == 0 ? double.NaN : (double)_sum / Count;

    public double MaxNanoseconds => _max;

    /// <summary>Records a span of <see cref="Stopwatch"/> ticks.</summary>
    public void RecordTicks(long ticks) => Record((long)(ticks * (1e9 / Stopwatch.Frequency)));

    public void Record(long nanoseconds)
    {
        var value = Math.Max(0, nanoseconds);
        Interlocked.Increment(ref _counts[Bucket(value)]);
        Interlocked.Increment(ref _count);
        Interlocked.Add(ref _sum, value);
        if (value > Volatile.Read(ref _max))
        {
            Interlocked.Exchange(ref _max, value);
        }
    }

    /// <summary>The upper edge of the bucket in which the share of all values is reached; NaN when empty.</summary>
    public double Percentile(double percent)
    {
        if (Count == 0)
        {
            return double.NaN;
        }

        var wanted = Math.Max(1, (long)Math.Ceiling(Count * percent / 100));
        for (var bucket = 0; bucket < _counts.Length; bucket++)
        {
            wanted -= _counts[bucket];
            if (wanted <= 0)
            {
                return Math.Min(UpperEdge(bucket), MaxNanoseconds);
            }
        }

        return MaxNanoseconds;
    }

    public double Milliseconds(double percent) => Percentile(percent) / 1e6;

    public double Microseconds(double percent) => Percentile(percent) / 1e3;

    private static int Bucket(long value)
    {
        if (value < SubCount)
        {
            return (int)value;
        }

        var shift = BitOperations.Log2((ulong)value) - SubBits;
        return ((shift + 1) << SubBits) + (int)((value >> shift) - SubCount);
    }

    private static double UpperEdge(int bucket)
    {
        if (bucket < SubCount)
        {
            return bucket;
        }

        var shift = (bucket >> SubBits) - 1;
        return Math.ScaleB((bucket & (SubCount - 1)) + SubCount + 1, shift) - 1;
    }
}
