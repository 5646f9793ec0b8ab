namespace Personalization.Bench.Benches;

/// <summary>Collects one sample a run and metric.</summary>
internal sealed class Samples
{
    private readonly Dictionary<string, List<double>> _byMetric = new(StringComparer.Ordinal);

    public IReadOnlyList<double> this[string metric] => _byMetric.TryGetValue(metric, out var samples) ? samples : [];

    /// <summary>In the order in which they came first.</summary>
    public IReadOnlyList<string> Names => [.. _byMetric.Keys];

    public double Last(string metric) => _byMetric[metric][^1];

    public void Add(string metric, double value)
    {
        if (!_byMetric.TryGetValue(metric, out var samples))
        {
            _byMetric.Add(metric, samples = []);
        }

        samples.Add(value);
    }
}
