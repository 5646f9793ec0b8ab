namespace Personalization.Bench.Reports;

/// <summary>One figure. Its value is the median of its samples.</summary>
/// <param name="Bench">The command.</param>
/// <param name="Metric">A stable name.</param>
/// <param name="Unit">For example ratio, ms, events/s.</param>
/// <param name="Samples">One a run.</param>
/// <param name="Reference">What it is compared with, measured in the same run.</param>
/// <param name="Conditions">Rates, connections, sizes.</param>
internal sealed record Measurement(
    string Bench, string Metric, string Unit, IReadOnlyList<double> Samples, string Reference, string Conditions)
{
    public double Value => Median(Samples);

    public double Min => Samples.Min();

    public double Max => Samples.Max();

    private static double Median(IReadOnlyList<double> samples)
    {
        var sorted = samples.Order().ToArray();
        var middle = sorted.Length / 2;
        return sorted.Length % 2 == 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
    }
}
