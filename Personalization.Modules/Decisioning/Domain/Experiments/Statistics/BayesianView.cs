using MathNet.Numerics.Distributions;

namespace Personalization.Decisioning.Domain.Experiments.Statistics;

/// <summary>
/// The same data as a belief. The prior says that most changes do little: uplift is normal around zero. A belief may be read at any time, but it
/// promises nothing about how often one who stops on it is wrong; that is what <see cref="Effect.AlwaysValid"/> is for.
/// </summary>
/// <param name="Mean">Of the belief.</param>
/// <param name="Deviation">Its standard deviation.</param>
internal readonly record struct BayesianView(double Mean, double Deviation)
{
    /// <summary>Uplifts beyond 30 % are rare.</summary>
    public const double PriorDeviation = 0.3;

    public static BayesianView Of(Effect uplift, double priorDeviation = PriorDeviation)
    {
        if (uplift.Variance <= 0)
        {
            return new BayesianView(0, priorDeviation);
        }

        var (seen, prior) = (1 / uplift.Variance, 1 / (priorDeviation * priorDeviation));
        return new BayesianView(uplift.Value * seen / (seen + prior), Math.Sqrt(1 / (seen + prior)));
    }

    /// <summary>That the arm is better than the control.</summary>
    public double ChanceToWin => Normal.CDF(0, 1, Mean / Deviation);

    /// <summary>What choosing the arm costs on average, in uplift, when it should turn out to be the worse one.</summary>
    public double ExpectedLoss => (Deviation * Normal.PDF(0, 1, Mean / Deviation)) - (Mean * Normal.CDF(0, 1, -Mean / Deviation));

    public Interval Credible(double alpha)
    {
        var half = Normal.InvCDF(0, 1, 1 - (alpha / 2)) * Deviation;
        return new Interval(Mean - half, Mean + half, 1 - ChanceToWin);
    }
}
