namespace Personalization.Features.Domain.Declared;

/// <summary>How long events took from their arrival to being visible, in classes a quarter of a doubling wide. Any thread.</summary>
internal sealed class Freshness
{
    private const int ClassesPerDoubling = 4;
    private const int Classes = 32 * ClassesPerDoubling;
    private readonly long[] _counts = new long[Classes];

    public void Add(long ms) => Interlocked.Increment(ref _counts[ClassOf(ms)]);

    /// <summary>Upper bound, ms, of what that share of events took; null while there are none.</summary>
    public double? Quantile(double share)
    {
        var total = 0L;
        foreach (ref var count in _counts.AsSpan())
        {
            total += Volatile.Read(ref count);
        }

        var rest = (long)Math.Ceiling(total * share);
        for (var i = 0; i < Classes && total > 0; i++)
        {
            rest -= Volatile.Read(ref _counts[i]);
            if (rest <= 0)
            {
                return Math.Round(Math.Pow(2, (double)(i + 1) / ClassesPerDoubling), 1);
            }
        }

        return null;
    }

    private static int ClassOf(long ms) => ms < 1 ? 0 : Math.Min(Classes - 1, (int)(Math.Log2(ms) * ClassesPerDoubling));
}

/// <summary>Opened when the past has been replayed: from then on it is measured how fresh values are.</summary>
internal sealed class FreshnessGate
{
    private volatile bool _isOpen;

    public bool IsOpen => _isOpen;

    public void Open() => _isOpen = true;
}
