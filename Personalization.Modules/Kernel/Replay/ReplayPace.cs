namespace Personalization.Kernel.Replay;

/// <summary>
/// Works for a slice and rests for as long as its share of the time asks: stages run on threads that requests need too, and those know no
/// priority.
/// </summary>
/// <param name="share">Share of the time in which it may work, above 0; 1 to never rest.</param>
/// <param name="time">Measures and waits.</param>
internal sealed class ReplayPace(double share, TimeProvider time)
{
    private static readonly TimeSpan Slice = TimeSpan.FromMilliseconds(20);
    private long _since = time.GetTimestamp();

    /// <summary>Whether it has worked for as long as it may at a stretch.</summary>
    public bool IsDue => share < 1 && time.GetElapsedTime(_since) >= Slice;

    /// <summary>Once what was begun has ended.</summary>
    public async Task RestAsync(CancellationToken cancellationToken)
    {
        await Task.Delay(time.GetElapsedTime(_since) * ((1 - share) / share), time, cancellationToken);
        _since = time.GetTimestamp();
    }
}
