using MathNet.Numerics.Distributions;

namespace Personalization.Decisioning.Domain.Experiments.Statistics;

/// <summary>An interval, and how surprising what was seen would be if there were no effect.</summary>
/// <param name="Lower">May be negative infinity while there is too little to tell.</param>
/// <param name="Upper">May be infinity.</param>
/// <param name="PValue">From 0 to 1.</param>
internal readonly record struct Interval(double Lower, double Upper, double PValue)
{
    public static Interval Unknown => new(double.NegativeInfinity, double.PositiveInfinity, 1);

    public bool Contains(double value) => Lower <= value && value <= Upper;
}

/// <summary>How an arm differs from the control.</summary>
/// <param name="Count">People of both.</param>
/// <param name="Value">Difference, or relative uplift.</param>
/// <param name="Variance">Of <paramref name="Value"/>.</param>
internal readonly record struct Effect(long Count, double Value, double Variance)
{
    /// <summary>Arm less control, in the metric's unit.</summary>
    public static Effect Difference(MetricEstimate arm, MetricEstimate control) =>
        new(arm.Count + control.Count, arm.Value - control.Value, arm.Variance + control.Variance);

    /// <summary>
    /// Relative uplift: 0.1 is a tenth more than the control. By the delta method; null where the control is not clearly apart from zero
    /// (less than three standard errors), since a share of almost nothing has no distribution that an interval could be given for.
    /// </summary>
    public static Effect? Uplift(MetricEstimate arm, MetricEstimate control)
    {
        const double clearlyApart = 3;
        var squared = control.Value * control.Value;
        return squared <= clearlyApart * clearlyApart * control.Variance || squared == 0
            ? null
            : new Effect(
                arm.Count + control.Count,
                (arm.Value - control.Value) / Math.Abs(control.Value),
                (arm.Variance / squared) + (control.Variance * arm.Value * arm.Value / (squared * squared)));
    }

    /// <summary>
    /// For an experiment that is looked at once, at an end that was set before. Looked at again and again, it finds effects where there are
    /// none: use <see cref="AlwaysValid"/>.
    /// </summary>
    /// <param name="alpha">Share of such intervals that miss the truth, such as 0.05.</param>
    public Interval FixedHorizon(double alpha)
    {
        if (Variance <= 0)
        {
            return Interval.Unknown;
        }

        var deviation = Math.Sqrt(Variance);
        var half = Normal.InvCDF(0, 1, 1 - (alpha / 2)) * deviation;
        return new Interval(Value - half, Value + half, 2 * Normal.CDF(0, 1, -Math.Abs(Value) / deviation));
    }

    /// <summary>
    /// May be looked at at any time, as often as one likes, and stopped on: with probability 1 - alpha all intervals of the experiment's life
    /// hold the truth together. An asymptotic confidence sequence (Waudby-Smith, Arbour, Sinha, Kennedy and Ramdas 2021, theorem 2.2), whose
    /// width is least near <paramref name="tunedFor"/> people.
    /// </summary>
    /// <param name="alpha">Such as 0.05.</param>
    /// <param name="tunedFor">People of both arms at which the interval is narrowest in relation to a fixed one; 5,000.</param>
    public Interval AlwaysValid(double alpha, double tunedFor = 5_000)
    {
        if (Variance <= 0 || Count == 0)
        {
            return Interval.Unknown;
        }

        var rho = ((-2 * Math.Log(alpha)) + Math.Log((-2 * Math.Log(alpha)) + 1)) / tunedFor;
        var spread = (Count * rho) + 1;
        var unit = Variance * Count;
        var half = Math.Sqrt(unit * (2 * spread / (Count * (double)Count * rho)) * Math.Log(Math.Sqrt(spread) / alpha));
        var evidence = (0.5 * Math.Log(spread)) - (Value * Value / unit * Count * (double)Count * rho / (2 * spread));
        return new Interval(Value - half, Value + half, Math.Min(1, Math.Exp(evidence)));
    }
}
