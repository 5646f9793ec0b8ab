namespace Personalization.Decisioning.Domain;

/// <summary>
/// Whether a part or a step may be asked. One that hangs, or is late three times in a row, is left out of the decisions after it and tried again
/// later, at ever longer intervals while it stays as it is. Any thread.
/// </summary>
internal sealed class PartHealth(string name)
{
    private const int LateInARow = 3;
    private const int MaxDoublings = 6;
    private static readonly TimeSpan FirstRest = TimeSpan.FromSeconds(1);
    private volatile bool _isOut;
    private volatile bool _hangs;
    private int _late;
    private int _rests;
    private int _trying;
    private long _retryAt;

    public string Name => name;

    /// <summary>Whether decisions do without it.</summary>
    public bool IsOut => _isOut;

    /// <summary>Whether it is out because it did not come back at all: then not even the baseline asks it.</summary>
    public bool Hangs => _hangs;

    /// <summary>It came back in time.</summary>
    public void WasInTime()
    {
        if (_late != 0)
        {
            _late = 0;
        }
    }

    /// <summary>It came back, but its decision's time was over.</summary>
    /// <returns>Whether it is left out from now on.</returns>
    public bool WasLate(TimeProvider time)
    {
        if (Interlocked.Increment(ref _late) < LateInARow)
        {
            return false;
        }

        LeaveOut(time);
        return true;
    }

    /// <summary>It holds a decision whose time is over.</summary>
    public void Hang(TimeProvider time)
    {
        _hangs = true;
        LeaveOut(time);
    }

    /// <summary>Decisions do without it for a while.</summary>
    public void LeaveOut(TimeProvider time)
    {
        var rest = FirstRest * (1 << Math.Min(Volatile.Read(ref _rests), MaxDoublings));
        Interlocked.Increment(ref _rests);
        Volatile.Write(ref _retryAt, time.GetTimestamp() + (long)(rest.TotalSeconds * time.TimestampFrequency));
        Volatile.Write(ref _late, 0);
        _isOut = true;
        Volatile.Write(ref _trying, 0);
    }

    /// <summary>Whether it has rested, and the caller is the one that tries it.</summary>
    public bool MayTry(TimeProvider time) =>
        _isOut && time.GetTimestamp() >= Volatile.Read(ref _retryAt) && Interlocked.CompareExchange(ref _trying, 1, 0) == 0;

    /// <summary>A try went well: decisions ask it again. The next rest is shorter by half, not by all of it: it may hang again at once.</summary>
    public void TakeBack()
    {
        _isOut = false;
        _hangs = false;
        Volatile.Write(ref _rests, Volatile.Read(ref _rests) / 2);
        Volatile.Write(ref _late, 0);
        Volatile.Write(ref _trying, 0);
    }
}
