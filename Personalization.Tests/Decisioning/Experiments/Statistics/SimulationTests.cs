using MathNet.Numerics.Distributions;
using NUnit.Framework;
using Personalization.Decisioning.Domain.Experiments.Statistics;

namespace Personalization.Tests.Decisioning.Experiments.Statistics;

/// <summary>Experiments whose truth is known, many times over: what is promised must be kept.</summary>
[Parallelizable]
public class SimulationTests
{
    private const int Experiments = 1_000;
    private const int PeopleAnArm = 3_000;
    private const double Alpha = 0.05;

    /// <summary>Standard error of a share of 5 % over the experiments.</summary>
    private static readonly double Error = Math.Sqrt(Alpha * (1 - Alpha) / Experiments);

    public enum Outcome
    {
        Conversion,
        Revenue,
        RevenuePerOrder,
    }

    [Test]
    public void Looking_after_every_few_people_finds_an_effect_that_is_not_there_in_at_most_5_percent([Values] Outcome outcome)
    {
        var (always, once) = (0, 0);
        for (var seed = 0; seed < Experiments; seed++)
        {
            var (isFound, isFoundByPeeking) = (false, false);
            Run(outcome, lift: 0, seed, effect =>
            {
                isFound |= !effect.AlwaysValid(Alpha).Contains(0);
                isFoundByPeeking |= !effect.FixedHorizon(Alpha).Contains(0);
            });
            always += isFound ? 1 : 0;
            once += isFoundByPeeking ? 1 : 0;
        }

        Assert.That(always / (double)Experiments, Is.LessThanOrEqualTo(Alpha));
        Assert.That(once / (double)Experiments, Is.GreaterThan(3 * Alpha), "the simulation does not peek, so it proves nothing");
    }

    [Test]
    public void All_intervals_of_an_experiment_hold_a_known_effect_as_often_as_they_claim([Values] Outcome outcome)
    {
        const double lift = 0.15;
        var truth = lift * MeanOf(outcome);
        var (always, atTheEnd) = (0, 0);
        for (var seed = 0; seed < Experiments; seed++)
        {
            var (holds, last) = (true, Interval.Unknown);
            Run(outcome, lift, seed, effect =>
            {
                holds &= effect.AlwaysValid(Alpha).Contains(truth);
                last = effect.FixedHorizon(Alpha);
            });
            always += holds ? 1 : 0;
            atTheEnd += last.Contains(truth) ? 1 : 0;
        }

        Assert.That(always / (double)Experiments, Is.GreaterThanOrEqualTo(1 - Alpha));
        Assert.That(atTheEnd / (double)Experiments, Is.EqualTo(1 - Alpha).Within(3.5 * Error));
    }

    [Test]
    public void What_people_did_before_narrows_the_interval_and_keeps_its_promise()
    {
        const double effect = 0.5;
        var (covered, narrower) = (0, 0.0);
        for (var seed = 0; seed < Experiments; seed++)
        {
            var chance = new Random(seed);
            ArmMoments[] arms = [default, default];
            for (var i = 0; i < 1_000; i++)
            {
                var before = Normal.Sample(chance, 10, 3);
                arms[i % 2].Add(before + Normal.Sample(chance, 0, 1.5) + (i % 2 * effect), 1, before);
            }

            var plain = Effect.Difference(MetricEstimate.Of(arms[1]), MetricEstimate.Of(arms[0]));
            var estimates = MetricEstimate.Adjusted(arms);
            var adjusted = Effect.Difference(estimates[1], estimates[0]);
            covered += adjusted.FixedHorizon(Alpha).Contains(effect) ? 1 : 0;
            narrower += adjusted.Variance / plain.Variance / Experiments;
        }

        // 1 - ρ², with ρ² = 9 / (9 + 2.25).
        Assert.That(narrower, Is.EqualTo(0.2).Within(0.01));
        Assert.That(covered / (double)Experiments, Is.EqualTo(1 - Alpha).Within(3.5 * Error));
    }

    [Test]
    public void The_right_sample_ratio_raises_an_alarm_in_at_most_5_percent_however_often_it_is_looked_at()
    {
        var alarms = 0;
        for (var seed = 0; seed < Experiments; seed++)
        {
            var chance = new Random(seed);
            long[] counts = [0, 0, 0];
            var isAlarmed = false;
            for (var i = 0; i < PeopleAnArm; i++)
            {
                counts[chance.NextDouble() switch { < 0.5 => 0, < 0.8 => 1, _ => 2 }]++;
                isAlarmed |= SampleRatio.AlwaysValid(counts, [0.5, 0.3, 0.2]) < Alpha;
            }

            alarms += isAlarmed ? 1 : 0;
        }

        Assert.That(alarms / (double)Experiments, Is.LessThanOrEqualTo(Alpha));
    }

    private static double MeanOf(Outcome outcome) => outcome switch
    {
        Outcome.Conversion => 0.2,
        Outcome.Revenue => 0.2 * 50,
        _ => 50,
    };

    /// <summary>One experiment, looked at after every fiftieth person of an arm, from the first hundred on.</summary>
    private static void Run(Outcome outcome, double lift, int seed, Action<Effect> look)
    {
        var chance = new Random(seed);
        var (control, arm) = (default(ArmMoments), default(ArmMoments));
        for (var person = 1; person <= PeopleAnArm; person++)
        {
            Add(ref control, outcome, 1, chance);
            Add(ref arm, outcome, 1 + lift, chance);
            if (person >= 100 && person % 50 == 0)
            {
                look(Effect.Difference(MetricEstimate.Of(arm), MetricEstimate.Of(control)));
            }
        }
    }

    private static void Add(ref ArmMoments arm, Outcome outcome, double factor, Random chance)
    {
        // Orders differ from person to person, so that events of one person go together.
        var orders = chance.NextDouble() < 0.2 ? 1 + chance.Next(3) : 0;
        var taste = LogNormal.Sample(chance, -0.18, 0.6);
        switch (outcome)
        {
            case Outcome.Conversion:
                arm.Add(chance.NextDouble() < 0.2 * factor ? 1 : 0);
                break;
            case Outcome.Revenue:
                arm.Add(orders > 0 ? 50 * taste * factor : 0);
                break;
            default:
                arm.Add(orders * 50 * taste * factor, orders);
                break;
        }
    }
}
