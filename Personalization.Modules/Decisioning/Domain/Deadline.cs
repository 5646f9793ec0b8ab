namespace Personalization.Decisioning.Domain;

/// <summary>When a decision has to be finished, by the monotonic clock. Default: never.</summary>
internal readonly struct Deadline
{
    private readonly TimeProvider? _time;
    private readonly long _end;

    public Deadline(TimeProvider time, TimeSpan budget)
    {
        _time = time;
        _end = time.GetTimestamp() + (long)(budget.TotalSeconds * time.TimestampFrequency);
    }

    public bool IsOver => _time is not null && _time.GetTimestamp() >= _end;
}
