namespace Personalization.Tracking.Domain.Pressure;

/// <summary>
/// Units that may be used, refilled by the watcher's tick. It holds at most a second's worth, and lends as much again to those who are
/// allowed to borrow: so what is critical passes when the rest has used everything up, and what it borrowed the rest waits for.
/// Thread-safe.
/// </summary>
internal sealed class TokenBucket
{
    private const double MaxDepth = 1e15;

    /// <summary>What there is before the first tick: a second of a busy source, since nobody is refused before there is a rate.</summary>
    private long _tokens = 10_000;
    private long _depth = long.MaxValue;

    public bool HasTokens => Volatile.Read(ref _tokens) > 0;

    /// <summary>Whether even a borrower would be refused.</summary>
    public bool IsExhausted => Volatile.Read(ref _tokens) <= -Volatile.Read(ref _depth);

    /// <summary>Takes the units when there is anything left; the last one may take more than there is.</summary>
    public bool TryTake(int units, bool mayBorrow = false)
    {
        var least = mayBorrow ? -Volatile.Read(ref _depth) : 0;
        if (Volatile.Read(ref _tokens) <= least)
        {
            return false;
        }

        Interlocked.Add(ref _tokens, -units);
        return true;
    }

    /// <summary>Takes the units, whatever is left.</summary>
    public void Take(int units) => Interlocked.Add(ref _tokens, -units);

    /// <summary>Adds what the rate gives in this time. Called by one thread.</summary>
    public void Refill(double perSecond, double seconds)
    {
        var depth = (long)Math.Clamp(perSecond, 1, MaxDepth);
        Volatile.Write(ref _depth, depth);
        var tokens = Interlocked.Add(ref _tokens, (long)Math.Clamp(perSecond * seconds, 1, MaxDepth));
        if (tokens > depth)
        {
            Interlocked.Add(ref _tokens, depth - tokens);
        }
        else if (tokens < -depth)
        {
            // The rate fell: debts of a faster time are forgiven down to a second's worth.
            Interlocked.Add(ref _tokens, -depth - tokens);
        }
    }
}
