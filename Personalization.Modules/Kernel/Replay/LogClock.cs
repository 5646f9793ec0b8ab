namespace Personalization.Kernel.Replay;

/// <summary>
/// A clock that stands where the log stands: whoever asks a replay for what was known then must get what was known then. Measuring and
/// waiting go by the system's.
/// </summary>
internal sealed class LogClock : TimeProvider
{
    private long _nowMs;

    public long NowMs => Volatile.Read(ref _nowMs);

    public override DateTimeOffset GetUtcNow() => DateTimeOffset.FromUnixTimeMilliseconds(NowMs);

    /// <summary>Never goes back. One writer.</summary>
    public void Reach(long timeMs) => Volatile.Write(ref _nowMs, Math.Max(_nowMs, timeMs));
}

/// <summary>
/// Registered for a replay in which all events pass the stages on one loop, in the order of the log, and every other entry takes effect between
/// the events that it stands between.
/// </summary>
internal sealed class InLogOrder;
