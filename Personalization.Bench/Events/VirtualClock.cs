namespace Personalization.Bench.Events;

/// <summary>
/// A clock that is set from outside: days of a shop pass in seconds, and the product and its shoppers agree on what time it is. Timers and durations stay
/// real. Thread-safe.
/// </summary>
internal sealed class VirtualClock(long startMs) : TimeProvider
{
    private long _nowMs = startMs;

    public long NowMs
    {
        get => Volatile.Read(ref _nowMs);
        set => Volatile.Write(ref _nowMs, value);
    }

    public override DateTimeOffset GetUtcNow() => DateTimeOffset.FromUnixTimeMilliseconds(NowMs);
}
