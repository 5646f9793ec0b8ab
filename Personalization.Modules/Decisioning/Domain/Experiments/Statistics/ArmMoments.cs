namespace Personalization.Decisioning.Domain.Experiments.Statistics;

/// <summary>
/// What is kept of one arm for one metric: enough for means, ratios and their variances, however many people there are. Each person gives a
/// numerator (what they did), a denominator (1 for a mean; sessions or orders for a ratio) and a covariate (the same metric before
/// they came in; 0 when nothing is known). Two halves of an arm add up to the whole, to the last few bits.
/// </summary>
internal struct ArmMoments
{
    /// <summary>People.</summary>
    public long Count { get; private set; }

    public double MeanNumerator { get; private set; }

    public double MeanDenominator { get; private set; }

    public double MeanCovariate { get; private set; }

    // Sums of products of the deviations from the means: they stay small where sums of squares would cancel.
    private double _nn;
    private double _dd;
    private double _cc;
    private double _nd;
    private double _nc;
    private double _dc;

    public readonly double VarianceOfNumerator => Sample(_nn);

    public readonly double VarianceOfDenominator => Sample(_dd);

    public readonly double VarianceOfCovariate => Sample(_cc);

    /// <summary>Of numerator and denominator.</summary>
    public readonly double CovarianceOfRatio => Sample(_nd);

    /// <summary>Of numerator and covariate.</summary>
    public readonly double CovarianceOfNumerator => Sample(_nc);

    /// <summary>Of denominator and covariate.</summary>
    public readonly double CovarianceOfDenominator => Sample(_dc);

    public void Add(double numerator, double denominator = 1, double covariate = 0)
    {
        Count++;
        var (n, d, c) = (numerator - MeanNumerator, denominator - MeanDenominator, covariate - MeanCovariate);
        MeanNumerator += n / Count;
        MeanDenominator += d / Count;
        MeanCovariate += c / Count;
        var (n2, d2, c2) = (numerator - MeanNumerator, denominator - MeanDenominator, covariate - MeanCovariate);
        _nn += n * n2;
        _dd += d * d2;
        _cc += c * c2;
        _nd += n * d2;
        _nc += n * c2;
        _dc += d * c2;
    }

    /// <summary>Takes over another part of the same arm.</summary>
    public void Add(ArmMoments other)
    {
        if (other.Count == 0)
        {
            return;
        }

        var all = Count + other.Count;
        var weight = (double)Count * other.Count / all;
        var (n, d, c) = (other.MeanNumerator - MeanNumerator, other.MeanDenominator - MeanDenominator, other.MeanCovariate - MeanCovariate);
        _nn += other._nn + (n * n * weight);
        _dd += other._dd + (d * d * weight);
        _cc += other._cc + (c * c * weight);
        _nd += other._nd + (n * d * weight);
        _nc += other._nc + (n * c * weight);
        _dc += other._dc + (d * c * weight);
        var share = (double)other.Count / all;
        MeanNumerator += n * share;
        MeanDenominator += d * share;
        MeanCovariate += c * share;
        Count = all;
    }

    private readonly double Sample(double sum) => Count > 1 ? sum / (Count - 1) : 0;
}
