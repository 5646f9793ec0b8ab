using Personalization.Tracking.Contracts;
using Personalization.Tracking.Domain.Pressure;

namespace Personalization.Tracking.Pipeline.Pressure;

/// <summary>
/// What one source asks and gets: counted by requests, measured by the watcher. Rates are smoothed over about a second, in
/// <see cref="WorkUnits"/> but for the events.
/// </summary>
internal sealed class SourceFlow(Source source, int weight, TimeProvider time)
{
    /// <summary>A source that used less than its share may for once use what it saved in a second.</summary>
    private const int DepthMs = 1_000;

    private readonly Rate _offered = new();
    private readonly Rate _criticalOffered = new();
    private readonly Rate _admitted = new();
    private readonly Rate _admittedEvents = new();
    private readonly Rate _shedRequests = new();

    public Source Source { get; } = source;

    public int Weight { get; } = weight;

    /// <summary>Units that the source may use for what is critical, when shares are enforced.</summary>
    public TokenBucket CriticalShare { get; } = new(DepthMs, time);

    /// <summary>Units that it may use for the rest.</summary>
    public TokenBucket Share { get; } = new(DepthMs, time);

    /// <summary>Whether the source asks for more than its share of the rest. Set by the watch while there is pressure.</summary>
    public bool IsOverShare { get; set; }

    public double OfferedPerSecond => _offered.PerSecond;

    /// <summary>Of these, what is critical: a large batch with an order in it is not.</summary>
    public double CriticalOfferedPerSecond => _criticalOffered.PerSecond;

    public double AdmittedPerSecond => _admitted.PerSecond;

    public double AdmittedEventsPerSecond => _admittedEvents.PerSecond;

    public double ShedRequestsPerSecond => _shedRequests.PerSecond;

    public long AdmittedEvents => _admittedEvents.Total;

    public long ShedRequests => _shedRequests.Total;

    public double ShedPerSecond => Math.Max(0, OfferedPerSecond - AdmittedPerSecond);

    public void Admit(int units, int events, bool isCritical)
    {
        Offer(units, isCritical);
        _admitted.Add(units);
        _admittedEvents.Add(events);
    }

    public void Shed(int units, bool isCritical)
    {
        Offer(units, isCritical);
        _shedRequests.Add(1);
    }

    /// <summary>Watcher only.</summary>
    public void Measure(double seconds)
    {
        _offered.Measure(seconds);
        _criticalOffered.Measure(seconds);
        _admitted.Measure(seconds);
        _admittedEvents.Measure(seconds);
        _shedRequests.Measure(seconds);
    }

    private void Offer(int units, bool isCritical)
    {
        _offered.Add(units);
        _criticalOffered.Add(isCritical ? units : 0);
    }
}

/// <summary>A counter, and how fast it grows: counted by many threads, measured by one.</summary>
internal sealed class Rate
{
    private const double SmoothSeconds = 1;
    private long _total;
    private long _measured;
    private double _perSecond;

    public long Total => Volatile.Read(ref _total);

    /// <summary>Smoothed over about a second.</summary>
    public double PerSecond => Volatile.Read(ref _perSecond);

    public void Add(long count) => Interlocked.Add(ref _total, count);

    public void Measure(double seconds)
    {
        var total = Total;
        var part = 1 - Math.Exp(-seconds / SmoothSeconds);
        Volatile.Write(ref _perSecond, _perSecond + (part * (((total - _measured) / seconds) - _perSecond)));
        _measured = total;
    }
}
