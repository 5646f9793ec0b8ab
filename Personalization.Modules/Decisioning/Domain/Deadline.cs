namespace Personalization.Decisioning.Domain;

/// <summary>When a decision has to be finished, by the monotonic clock. Default: never.</summary>
internal readonly struct Deadline
{
    private readonly TimeProvider? _time;
    /// <summary>Before which a late answer is begun at the earliest: the watch does not look more often than that.</summary>
    private static readonly TimeSpan MostReserve = TimeSpan.FromMilliseconds(5);
    private readonly long _nearlyEnd;
    private readonly long _end;

    public Deadline(TimeProvider time, TimeSpan budget)
    {
        _time = time;
        StartedAt = time.GetTimestamp();
        _end = StartedAt + (long)(budget.TotalSeconds * time.TimestampFrequency);
        var reserve = budget / 4 < MostReserve ? budget / 4 : MostReserve;
        _nearlyEnd = _end - (long)(reserve.TotalSeconds * time.TimestampFrequency);
    }

    /// <summary>When the time began to run, by the monotonic clock.</summary>
    public long StartedAt { get; }

    /// <summary>Whether it was over at a timestamp of the same clock.</summary>
    public bool IsOverAt(long timestamp) => _time is not null && timestamp >= _end;

    /// <summary>Whether what is left, the last quarter and 5 ms at most, is needed for answering without whatever is not back yet.</summary>
    public bool IsNearlyOver => _time is not null && _time.GetTimestamp() >= _nearlyEnd;

    public bool IsOver => _time is not null && _time.GetTimestamp() >= _end;
}
