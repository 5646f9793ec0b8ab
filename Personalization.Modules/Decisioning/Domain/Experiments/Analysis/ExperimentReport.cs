using Personalization.Decisioning.Domain.Experiments.Statistics;

namespace Personalization.Decisioning.Domain.Experiments.Analysis;

/// <summary>What came of an experiment.</summary>
/// <param name="Experiment">Its key.</param>
/// <param name="Control">Variation that the others are compared with.</param>
/// <param name="People">By variation.</param>
/// <param name="Mixed">People who were shown several variations; they count for none.</param>
/// <param name="Incomplete">People of whom not all events of the time are kept; they count with what is.</param>
/// <param name="SampleRatio">Whether the arms have as many people as they should; null when no weights are known.</param>
/// <param name="Metrics">In the order in which they were asked for.</param>
internal sealed record ExperimentReport(
    string Experiment, string Control, IReadOnlyDictionary<string, long> People, long Mixed, long Incomplete, SampleRatioReport? SampleRatio, IReadOnlyList<MetricReport> Metrics)
{
    private const double Mismatch = 0.001;

    public static ExperimentReport Of(ExperimentQuestion question, ExperimentTally tally)
    {
        var variations = tally.Arms.Keys.Order(StringComparer.Ordinal).ToList();
        var metrics = question.Metrics.Select((metric, i) => MetricReport.Of(metric, question, variations, [.. variations.Select(variation => tally.Arms[variation][i])])).ToList();
        return new ExperimentReport(
            question.Key,
            question.Control,
            variations.ToDictionary(variation => variation, variation => question.Metrics.Count == 0 ? 0 : tally.Arms[variation][0].Count, StringComparer.Ordinal),
            tally.Mixed,
            tally.Incomplete,
            RatioOf(question, tally),
            Corrected(metrics));
    }

    private static SampleRatioReport? RatioOf(ExperimentQuestion question, ExperimentTally tally)
    {
        if (question.Weights.Count < 2)
        {
            return null;
        }

        var variations = question.Weights.Keys.Union(tally.Arms.Keys, StringComparer.Ordinal).ToList();
        long[] counts = [.. variations.Select(variation => tally.Arms.TryGetValue(variation, out var arm) ? arm[0].Count : 0)];
        double[] weights = [.. variations.Select(variation => question.Weights.GetValueOrDefault(variation))];
        var alwaysValid = Statistics.SampleRatio.AlwaysValid(counts, weights);
        return new SampleRatioReport(Statistics.SampleRatio.PValue(counts, weights), alwaysValid, alwaysValid < Mismatch);
    }

    /// <summary>Over all arms and metrics that are no guardrails: those are to be noticed, not to be believed.</summary>
    private static List<MetricReport> Corrected(List<MetricReport> metrics)
    {
        var goals = metrics.Where(metric => !metric.IsGuardrail).SelectMany(metric => metric.Arms).Where(arm => arm.Difference is not null).ToList();
        double[] pValues = [.. goals.Select(arm => arm.Difference!.AlwaysValid.PValue)];
        var (holm, discovery) = (MultipleComparisons.Holm(pValues), MultipleComparisons.BenjaminiHochberg(pValues));
        var corrected = goals.Index().ToDictionary(goal => goal.Item, goal => goal.Item with { HolmP = holm[goal.Index], BenjaminiHochbergP = discovery[goal.Index] });
        return [.. metrics.Select(metric => metric with { Arms = [.. metric.Arms.Select(arm => corrected.GetValueOrDefault(arm, arm))] })];
    }
}

/// <param name="PValue">Of one look.</param>
/// <param name="AlwaysValidP">However often it is looked at.</param>
/// <param name="IsMismatch">Below 0.001: do not believe this experiment before you know who is missing.</param>
internal sealed record SampleRatioReport(double PValue, double AlwaysValidP, bool IsMismatch);

/// <summary>One metric.</summary>
/// <param name="Id">Its name.</param>
/// <param name="IsGuardrail">Whether it only must not get worse.</param>
/// <param name="Arms">By variation, in order of their keys.</param>
internal sealed record MetricReport(string Id, bool IsGuardrail, IReadOnlyList<ArmReport> Arms)
{
    public static MetricReport Of(MetricDefinition metric, ExperimentQuestion question, List<string> variations, ArmMoments[] arms)
    {
        var estimates = metric.CovariateMs > 0 ? MetricEstimate.Adjusted(arms) : [.. arms.Select(arm => MetricEstimate.Of(arm))];
        var control = variations.IndexOf(question.Control);
        return new MetricReport(metric.Id, metric.GuardrailMargin is not null, [.. variations.Select((variation, i) => i == control || control < 0
            ? new ArmReport(variation, estimates[i].Count, estimates[i].Value, null, null, null, IsHarmed: false)
            : Compare(metric, question, variation, estimates[i], estimates[control]))]);
    }

    private static ArmReport Compare(MetricDefinition metric, ExperimentQuestion question, string variation, MetricEstimate arm, MetricEstimate control)
    {
        var difference = Effect.Difference(arm, control);
        var uplift = Effect.Uplift(arm, control);
        return new ArmReport(
            variation,
            arm.Count,
            arm.Value,
            EffectReport.Of(difference, question),
            uplift is { } relative ? EffectReport.Of(relative, question) : null,
            uplift is { } seen ? BeliefReport.Of(seen, question.Alpha, metric.IsDecreaseBetter) : null,
            IsHarmed(metric, question, arm, control));
    }

    /// <summary>
    /// Surely worse than the margin, however often it was looked at: the arm should be stopped. Asked of the difference from what the margin allows rather
    /// than of the uplift, which knows nothing of an arm in which nobody did anything at all.
    /// </summary>
    private static bool IsHarmed(MetricDefinition metric, ExperimentQuestion question, MetricEstimate arm, MetricEstimate control)
    {
        if (metric.GuardrailMargin is not { } margin)
        {
            return false;
        }

        var share = metric.IsDecreaseBetter ? 1 + margin : 1 - margin;
        var allowed = new MetricEstimate(control.Count, control.Value * share, control.Variance * share * share);
        var beyond = Effect.Difference(arm, allowed).AlwaysValid(question.Alpha, question.TunedFor);
        return metric.IsDecreaseBetter ? beyond.Lower > 0 : beyond.Upper < 0;
    }
}

/// <summary>One arm in one metric.</summary>
/// <param name="Variation">Its key.</param>
/// <param name="People">In it.</param>
/// <param name="Value">Mean, or ratio of the means.</param>
/// <param name="Difference">From the control, in the metric's unit; null for the control.</param>
/// <param name="Uplift">The same in relation to the control; null where the control is not clearly apart from zero.</param>
/// <param name="Belief">The Bayesian view of the uplift.</param>
/// <param name="IsHarmed">A guardrail is surely broken.</param>
internal sealed record ArmReport(
    string Variation, long People, double Value, EffectReport? Difference, EffectReport? Uplift, BeliefReport? Belief, bool IsHarmed)
{
    /// <summary>Of the always-valid p-value, so that no arm of no metric is found by chance with more than alpha.</summary>
    public double? HolmP { get; init; }

    /// <summary>The same for the share of false ones among all that are found.</summary>
    public double? BenjaminiHochbergP { get; init; }
}

/// <param name="Value">As measured.</param>
/// <param name="FixedHorizon">For one look at an end that was set before.</param>
/// <param name="AlwaysValid">For any number of looks, and stopping on them.</param>
internal sealed record EffectReport(double Value, IntervalReport FixedHorizon, IntervalReport AlwaysValid)
{
    public static EffectReport Of(Effect effect, ExperimentQuestion question) => new(
        effect.Value, IntervalReport.Of(effect.FixedHorizon(question.Alpha)), IntervalReport.Of(effect.AlwaysValid(question.Alpha, question.TunedFor)));
}

/// <param name="Lower">Null while there is too little to tell.</param>
/// <param name="Upper">As <paramref name="Lower"/>.</param>
/// <param name="PValue">0 to 1.</param>
internal sealed record IntervalReport(double? Lower, double? Upper, double PValue)
{
    public static IntervalReport Of(Interval interval) =>
        new(double.IsFinite(interval.Lower) ? interval.Lower : null, double.IsFinite(interval.Upper) ? interval.Upper : null, interval.PValue);
}

/// <param name="Mean">Of the uplift.</param>
/// <param name="Lower">Of the credible interval.</param>
/// <param name="Upper">Of the credible interval.</param>
/// <param name="ChanceToWin">That the arm is better, in the direction that the metric wants.</param>
/// <param name="ExpectedLoss">What choosing it costs on average if it is not.</param>
internal sealed record BeliefReport(double Mean, double Lower, double Upper, double ChanceToWin, double ExpectedLoss)
{
    public static BeliefReport Of(Effect uplift, double alpha, bool isDecreaseBetter)
    {
        var belief = BayesianView.Of(uplift);
        var better = isDecreaseBetter ? new BayesianView(-belief.Mean, belief.Deviation) : belief;
        var credible = belief.Credible(alpha);
        return new BeliefReport(belief.Mean, credible.Lower, credible.Upper, better.ChanceToWin, better.ExpectedLoss);
    }
}
