namespace Personalization.Decisioning.Domain.Experiments.Statistics;

/// <summary>A metric of one arm: its value, and the variance of that value (not of people).</summary>
/// <param name="Count">People.</param>
/// <param name="Value">Mean, or ratio of the means.</param>
/// <param name="Variance">Of <paramref name="Value"/>.</param>
internal readonly record struct MetricEstimate(long Count, double Value, double Variance)
{
    /// <summary>
    /// The ratio of mean numerator to mean denominator, which is the mean where every denominator is 1. Its variance is that of the
    /// delta method: persons are independent, their events are not.
    /// </summary>
    public static MetricEstimate Of(ArmMoments arm) => Of(arm, theta: 0, covariateOfAll: 0);

    /// <summary>
    /// The same for all arms, with what their people did before taken out (CUPED; Deng, Xu, Kohavi and Walker 2013). One slope for all
    /// arms, so that no arm is corrected by a rule of its own; a covariate that tells nothing changes nothing.
    /// </summary>
    public static MetricEstimate[] Adjusted(ReadOnlySpan<ArmMoments> arms)
    {
        var all = default(ArmMoments);
        var (covariance, variance) = (0.0, 0.0);
        foreach (ref readonly var arm in arms)
        {
            all.Add(arm);
        }

        var ratio = Ratio(all);
        foreach (ref readonly var arm in arms)
        {
            // Of the linearised metric, so that one rule serves means and ratios.
            covariance += Math.Max(arm.Count - 1, 0) * (arm.CovarianceOfNumerator - (ratio * arm.CovarianceOfDenominator));
            variance += Math.Max(arm.Count - 1, 0) * arm.VarianceOfCovariate;
        }

        var theta = variance > 0 ? covariance / variance : 0;
        var estimates = new MetricEstimate[arms.Length];
        for (var i = 0; i < arms.Length; i++)
        {
            estimates[i] = Of(arms[i], theta, all.MeanCovariate);
        }

        return estimates;
    }

    private static MetricEstimate Of(ArmMoments arm, double theta, double covariateOfAll)
    {
        if (arm.Count == 0 || arm.MeanDenominator == 0)
        {
            return new MetricEstimate(arm.Count, 0, 0);
        }

        var ratio = Ratio(arm);
        var variance = arm.VarianceOfNumerator - (2 * ratio * arm.CovarianceOfRatio) + (ratio * ratio * arm.VarianceOfDenominator)
            - (2 * theta * (arm.CovarianceOfNumerator - (ratio * arm.CovarianceOfDenominator))) + (theta * theta * arm.VarianceOfCovariate);
        var shift = theta * (arm.MeanCovariate - covariateOfAll);
        return new MetricEstimate(
            arm.Count,
            (arm.MeanNumerator - shift) / arm.MeanDenominator,
            Math.Max(variance, 0) / (arm.Count * arm.MeanDenominator * arm.MeanDenominator));
    }

    private static double Ratio(ArmMoments arm) => arm.MeanDenominator == 0 ? 0 : arm.MeanNumerator / arm.MeanDenominator;
}
