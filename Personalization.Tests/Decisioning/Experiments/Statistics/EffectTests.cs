using NUnit.Framework;
using Personalization.Decisioning.Domain.Experiments.Statistics;

namespace Personalization.Tests.Decisioning.Experiments.Statistics;

public class EffectTests
{
    [Test]
    public void Moments_are_those_of_the_textbook_and_halves_add_up_to_the_whole()
    {
        double[] numerators = [1, 2, 4, 9], denominators = [1, 1, 2, 3], covariates = [0, 3, 1, 5];
        var (whole, first, second) = (default(ArmMoments), default(ArmMoments), default(ArmMoments));
        for (var i = 0; i < numerators.Length; i++)
        {
            whole.Add(numerators[i], denominators[i], covariates[i]);
            (i < 1 ? ref first : ref second).Add(numerators[i], denominators[i], covariates[i]);
        }

        first.Add(second);

        using (Assert.EnterMultipleScope())
        {
            Assert.That(whole.MeanNumerator, Is.EqualTo(4));
            Assert.That(whole.VarianceOfNumerator, Is.EqualTo(38.0 / 3).Within(1e-12));
            Assert.That(whole.CovarianceOfRatio, Is.EqualTo(10.0 / 3).Within(1e-12)); // Σ(n-4)(d-1.75) = 10
            Assert.That(first.Count, Is.EqualTo(4));
            Assert.That(first.VarianceOfNumerator, Is.EqualTo(whole.VarianceOfNumerator).Within(1e-12));
            Assert.That(first.CovarianceOfRatio, Is.EqualTo(whole.CovarianceOfRatio).Within(1e-12));
            Assert.That(first.CovarianceOfNumerator, Is.EqualTo(whole.CovarianceOfNumerator).Within(1e-12));
            Assert.That(first.CovarianceOfDenominator, Is.EqualTo(whole.CovarianceOfDenominator).Within(1e-12));
        }
    }

    [Test]
    public void A_share_has_the_interval_of_a_share()
    {
        var (control, arm) = (Shares(10_000, 1_000), Shares(10_000, 1_100));

        var interval = Effect.Difference(MetricEstimate.Of(arm), MetricEstimate.Of(control)).FixedHorizon(0.05);

        // 0.01 ± 1.96 √(0.1·0.9/10000 + 0.11·0.89/10000)
        Assert.That((interval.Lower, interval.Upper), Is.EqualTo((0.01 - 0.008497, 0.01 + 0.008497)).Using<(double, double)>(Near));
        Assert.That(interval.PValue, Is.EqualTo(0.02107).Within(1e-4));
    }

    [Test]
    public void A_ratio_counts_persons_and_not_their_events()
    {
        // Every person has ten sessions with the same outcome: they are as many as persons, not as many as sessions.
        var (perPerson, perSession) = (default(ArmMoments), default(ArmMoments));
        for (var i = 0; i < 1_000; i++)
        {
            perPerson.Add(i % 2);
            perSession.Add(i % 2 * 10, 10);
        }

        Assert.That(MetricEstimate.Of(perSession), Is.EqualTo(MetricEstimate.Of(perPerson)).Using<MetricEstimate>((x, y) =>
            x.Count == y.Count && Math.Abs(x.Value - y.Value) < 1e-12 && Math.Abs(x.Variance - y.Variance) < 1e-12));
    }

    [Test]
    public void Uplift_of_almost_nothing_is_not_told()
    {
        var control = Shares(1_000, 4);

        Assert.That(Effect.Uplift(MetricEstimate.Of(Shares(1_000, 8)), MetricEstimate.Of(control)), Is.Null);
        Assert.That(Effect.Uplift(MetricEstimate.Of(Shares(1_000, 300)), MetricEstimate.Of(Shares(1_000, 200)))?.Value, Is.EqualTo(0.5).Within(1e-12));
    }

    [Test]
    public void Nothing_is_known_of_an_empty_arm()
    {
        var effect = Effect.Difference(MetricEstimate.Of(default), MetricEstimate.Of(Shares(10, 5)) with { Variance = 0 });

        Assert.That((effect.FixedHorizon(0.05), effect.AlwaysValid(0.05)), Is.EqualTo((Interval.Unknown, Interval.Unknown)));
    }

    [Test]
    public void What_may_be_looked_at_always_is_wider_and_its_p_value_agrees_with_its_interval()
    {
        for (var lift = 0; lift < 400; lift += 7)
        {
            var effect = Effect.Difference(MetricEstimate.Of(Shares(5_000, 500 + lift)), MetricEstimate.Of(Shares(5_000, 500)));
            var (once, always) = (effect.FixedHorizon(0.05), effect.AlwaysValid(0.05));

            Assert.That(always.Upper - always.Lower, Is.GreaterThan(once.Upper - once.Lower));
            Assert.That(always.PValue < 0.05, Is.EqualTo(!always.Contains(0)), $"lift {lift}");
        }
    }

    [Test]
    public void Holm_and_Benjamini_Hochberg_are_those_of_R()
    {
        double[] p = [0.01, 0.04, 0.03, 0.005];

        // p.adjust(c(.01, .04, .03, .005), "holm") and "BH"
        Assert.That(MultipleComparisons.Holm(p), Is.EqualTo(new[] { 0.03, 0.06, 0.06, 0.02 }).Within(1e-12));
        Assert.That(MultipleComparisons.BenjaminiHochberg(p), Is.EqualTo(new[] { 0.02, 0.04, 0.04, 0.02 }).Within(1e-12));
    }

    [Test]
    public void A_sample_ratio_that_is_off_is_noticed()
    {
        using (Assert.EnterMultipleScope())
        {
            Assert.That(SampleRatio.PValue([5_000, 5_000], [1, 1]), Is.EqualTo(1).Within(1e-12));
            Assert.That(SampleRatio.PValue([5_000, 5_300], [0.5, 0.5]), Is.EqualTo(0.003123).Within(1e-5)); // chisq.test(c(5000, 5300))
            Assert.That(SampleRatio.PValue([10, 1], [1, 0]), Is.Zero);
            Assert.That(SampleRatio.AlwaysValid([50_000, 52_000], [0.5, 0.5]), Is.LessThan(0.001));
            Assert.That(SampleRatio.AlwaysValid([5_000, 5_030], [0.5, 0.5]), Is.EqualTo(1));
            Assert.That(SampleRatio.AlwaysValid([0, 0], [1, 1]), Is.EqualTo(1).Within(1e-12));
        }
    }

    [Test]
    public void A_belief_is_drawn_towards_nothing_and_tells_what_a_wrong_choice_costs()
    {
        var sure = BayesianView.Of(new Effect(1, 0.1, 0.0001));
        var unsure = BayesianView.Of(new Effect(1, 0.1, 0.09));

        using (Assert.EnterMultipleScope())
        {
            Assert.That(unsure.Mean, Is.EqualTo(0.05).Within(1e-12)); // As much prior as data.
            Assert.That(sure.ChanceToWin, Is.GreaterThan(0.9999));
            Assert.That(unsure.ChanceToWin, Is.EqualTo(0.5932).Within(1e-4)); // Φ(0.05 / 0.2121)
            Assert.That(sure.ExpectedLoss, Is.LessThan(1e-6));
            Assert.That(unsure.ExpectedLoss, Is.GreaterThan(0.05));
        }
    }

    private static bool Near((double Lower, double Upper) one, (double Lower, double Upper) other) =>
        Math.Abs(one.Lower - other.Lower) < 1e-5 && Math.Abs(one.Upper - other.Upper) < 1e-5;

    private static ArmMoments Shares(int people, int converted)
    {
        var arm = default(ArmMoments);
        for (var i = 0; i < people; i++)
        {
            arm.Add(i < converted ? 1 : 0);
        }

        return arm;
    }
}
