namespace Personalization.Tests.Tracking.Clock;

/// <summary>What time it is moves by hand; timers and measurements are the system's, so that an application runs on it.</summary>
internal sealed class ManualClock(long nowMs) : TimeProvider
{
    private long _nowMs = nowMs;

    public long NowMs => Volatile.Read(ref _nowMs);

    public void Advance(TimeSpan time) => Interlocked.Add(ref _nowMs, (long)time.TotalMilliseconds);

    public override DateTimeOffset GetUtcNow() => DateTimeOffset.FromUnixTimeMilliseconds(NowMs);
}
