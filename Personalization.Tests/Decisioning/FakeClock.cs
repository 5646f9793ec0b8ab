namespace Personalization.Tests.Decisioning;

/// <summary>Stands still until it is moved; or moves by itself at each look, for parts that wait for the deadline.</summary>
internal sealed class FakeClock : TimeProvider
{
    private long _ticks;

    public TimeSpan PerLook { get; set; }

    public override long TimestampFrequency => TimeSpan.TicksPerSecond;

    public TimeSpan Elapsed => TimeSpan.FromTicks(_ticks);

    public void Advance(TimeSpan time) => _ticks += time.Ticks;

    public override long GetTimestamp() => _ticks += PerLook.Ticks;

    public override DateTimeOffset GetUtcNow() => DateTimeOffset.FromUnixTimeMilliseconds(FakeShop.Start).AddTicks(_ticks);
}
