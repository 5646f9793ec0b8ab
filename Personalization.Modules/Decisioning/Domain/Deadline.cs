namespace Personalization.Decisioning.Domain;

/// <summary>When a decision has to be finished, by the monotonic clock. Default: never.</summary>
internal readonly struct Deadline
{
    private readonly TimeProvider? _time;
    private readonly long _end;

    public Deadline(TimeProvider time, TimeSpan budget)
    {
        _time = time;
        StartedAt = time.GetTimestamp();
        _end = StartedAt + (long)(budget.TotalSeconds * time.TimestampFrequency);
    }

    /// <summary>When the time began to run, by the monotonic clock.</summary>
    public long StartedAt { get; }

    /// <summary>Whether it was over at a timestamp of the same clock.</summary>
    public bool IsOverAt(long timestamp) => _time is not null && timestamp >= _end;

    /// <summary>Whether it will be over by then.</summary>
    public bool IsOverIn(TimeSpan time) => _time is not null && _time.GetTimestamp() + (long)(time.TotalSeconds * _time.TimestampFrequency) >= _end;

    public bool IsOver => _time is not null && _time.GetTimestamp() >= _end;
}
