namespace Personalization.Tracking.Domain.Live;

/// <summary>A ring and the refusals for each source. Sources are configured, so they are few; those beyond the bound share number 0. Thread-safe.</summary>
internal sealed class LiveRings(int eventsPerSource)
{
    /// <summary>Number of whoever sent without a known key.</summary>
    public const ushort Unknown = 0;
    private const int MaxSources = 1_024;
    private readonly LiveRing?[] _rings = new LiveRing?[MaxSources];
    private readonly LiveRefusals?[] _refusals = new LiveRefusals?[MaxSources];

    public static int NumberOf(ushort sourceId) => sourceId < MaxSources ? sourceId : Unknown;

    /// <summary>Numbers of the sources that anything was heard of.</summary>
    public IEnumerable<ushort> Sources =>
        Enumerable.Range(0, MaxSources).Where(source => _rings[source] is not null || _refusals[source] is not null).Select(source => (ushort)source);

    public LiveRing Of(ushort sourceId)
    {
        var number = NumberOf(sourceId);
        return Volatile.Read(ref _rings[number]) ?? Interlocked.CompareExchange(ref _rings[number], new LiveRing(eventsPerSource), null) ?? _rings[number]!;
    }

    public LiveRefusals RefusalsOf(ushort sourceId)
    {
        var number = NumberOf(sourceId);
        return Volatile.Read(ref _refusals[number]) ??
            Interlocked.CompareExchange(ref _refusals[number], new LiveRefusals(eventsPerSource), null) ?? _refusals[number]!;
    }
}
