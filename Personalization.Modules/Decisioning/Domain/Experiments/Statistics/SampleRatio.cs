using MathNet.Numerics;
using MathNet.Numerics.Distributions;

namespace Personalization.Decisioning.Domain.Experiments.Statistics;

/// <summary>
/// Whether as many people came into each arm as should have. When they did not, whoever is missing is missing for a reason, and no other
/// figure of the experiment can be believed.
/// </summary>
internal static class SampleRatio
{
    /// <summary>
    /// Chi-squared, for one look. 1 when there is nothing to compare.
    /// </summary>
    /// <param name="counts">People of each arm.</param>
    /// <param name="weights">Their shares, of any sum.</param>
    public static double PValue(ReadOnlySpan<long> counts, ReadOnlySpan<double> weights)
    {
        var (people, weight, arms, sum) = (Sum(counts), Sum(weights), 0, 0.0);
        for (var i = 0; i < counts.Length; i++)
        {
            if (weights[i] > 0)
            {
                var expected = people * weights[i] / weight;
                sum += expected > 0 ? (counts[i] - expected) * (counts[i] - expected) / expected : 0;
                arms++;
            }
            else if (counts[i] > 0)
            {
                return 0; // Somebody is where nobody should be.
            }
        }

        return people == 0 || arms < 2 ? 1 : 1 - ChiSquared.CDF(arms - 1, sum);
    }

    /// <summary>
    /// The same for looking at all the time: one over the evidence for "some other ratio" against the intended one, with a Dirichlet prior of one
    /// person an arm (Lindon and Malek 2022). Under the intended ratio it falls below alpha, ever, with a chance of at most alpha.
    /// </summary>
    public static double AlwaysValid(ReadOnlySpan<long> counts, ReadOnlySpan<double> weights)
    {
        var (people, weight) = (Sum(counts), Sum(weights));
        var (prior, log) = ((double)counts.Length, 0.0);
        for (var i = 0; i < counts.Length; i++)
        {
            if (weights[i] <= 0)
            {
                if (counts[i] > 0)
                {
                    return 0;
                }

                continue;
            }

            var share = weights[i] / weight;
            log += SpecialFunctions.GammaLn((prior * share) + counts[i]) - SpecialFunctions.GammaLn(prior * share) - (counts[i] * Math.Log(share));
        }

        log += SpecialFunctions.GammaLn(prior) - SpecialFunctions.GammaLn(prior + people);
        return Math.Min(1, Math.Exp(-log));
    }

    private static double Sum(ReadOnlySpan<long> values)
    {
        var sum = 0.0;
        foreach (var value in values)
        {
            sum += value;
        }

        return sum;
    }

    private static double Sum(ReadOnlySpan<double> values)
    {
        var sum = 0.0;
        foreach (var value in values)
        {
            sum += value;
        }

        return sum;
    }
}
