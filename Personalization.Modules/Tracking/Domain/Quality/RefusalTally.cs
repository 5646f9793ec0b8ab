namespace Personalization.Tracking.Domain.Quality;

/// <summary>Refused events since the last look, by series. Refusals are rare and come from many threads: a lock is enough. Thread-safe.</summary>
internal sealed class RefusalTally
{
    private readonly Lock _gate = new();
    private Dictionary<(ushort SourceId, int Series), int> _counts = [];

    /// <summary>Bounded by sources and series: both are.</summary>
    public void Add(ushort sourceId, int series, int count)
    {
        lock (_gate)
        {
            _counts[(sourceId, series)] = _counts.GetValueOrDefault((sourceId, series)) + count;
        }
    }

    public IReadOnlyDictionary<(ushort SourceId, int Series), int> Take()
    {
        lock (_gate)
        {
            var taken = _counts;
            _counts = [];
            return taken;
        }
    }
}
