using NUnit.Framework;
using Personalization.Decisioning.Domain.Experiments.Analysis;
using Personalization.Decisioning.Domain.Experiments.Running;
using Personalization.Decisioning.Domain.Experiments.Statistics;

namespace Personalization.Tests.Decisioning.Experiments.Running;

/// <summary>What follows from a look at an experiment.</summary>
[Parallelizable]
internal sealed class ExperimentLookTests
{
    private const string Bandit = """
        { "placement": "for-you", "control": "a", "arms": [ { "key": "a" }, { "key": "b" }, { "key": "c" } ],
          "metrics": [ { "id": "bought", "event": "Order Completed" } ], "bandit": { "metric": "bought", "minPeople": 100, "floor": 0.05 } }
        """;

    private SomeExperiments _some = null!;

    [SetUp]
    public void Open() => _some = new SomeExperiments();

    [TearDown]
    public void Close() => _some.Dispose();

    [Test]
    public void The_better_arm_gets_more_people_and_none_less_than_the_floor()
    {
        _some.Run("bandit", Bandit);
        var weights = ExperimentLook.Allocate(_some.Desk.Find("bandit")!, Report(("a", 1_000, 0.10), ("b", 1_000, 0.13), ("c", 1_000, 0.10)), seed: 1)!;

        using (Assert.EnterMultipleScope())
        {
            Assert.That(weights.Sum(), Is.EqualTo(1).Within(1e-9));
            Assert.That(weights[1], Is.GreaterThan(0.8));
            Assert.That(weights, Is.All.GreaterThanOrEqualTo(0.05));
        }
    }

    [Test]
    public void Arms_that_are_alike_share_alike_and_a_stopped_one_gets_nobody()
    {
        _some.Run("bandit", Bandit);
        _some.Desk.StopArm("bandit", "c", "slow", "tester");
        var weights = ExperimentLook.Allocate(_some.Desk.Find("bandit")!, Report(("a", 500, 0.1), ("b", 500, 0.1), ("c", 500, 0.4)), seed: 1)!;

        Assert.That(weights, Is.EqualTo([0.5, 0.5, 0]).Within(0.02));
    }

    [Test]
    public void Nothing_is_divided_anew_before_every_arm_has_enough_people()
    {
        _some.Run("bandit", Bandit);

        using (Assert.EnterMultipleScope())
        {
            Assert.That(ExperimentLook.Allocate(_some.Desk.Find("bandit")!, Report(("a", 1_000, 0.1), ("b", 99, 0.5), ("c", 500, 0.1)), 1), Is.Null);
            Assert.That(ExperimentLook.Allocate(_some.Desk.Find("bandit")!, Report(("a", 1_000, 0.1), ("b", 500, 0.5)), 1), Is.Null);
        }
    }

    /// <summary>At the very margin stopping is a false alarm: with a look at every 50 people it must stay as rare as alpha says.</summary>
    [TestCase(0.19, 0, 0.05, TestName = "An_arm_at_its_margin_is_hardly_ever_stopped_however_often_one_looks")]
    [TestCase(0.10, 0.95, 1, TestName = "An_arm_that_loses_half_is_stopped")]
    [TestCase(0.00, 1, 1, TestName = "An_arm_in_which_nobody_does_anything_is_stopped")]
    public void Guardrails(double rate, double least, double most)
    {
        const int experiments = 200;
        var metric = new MetricDefinition("bought", new EventValue("Order Completed", MetricKind.Conversion, null), null, 0, 1, 0, null, IsDecreaseBetter: false, GuardrailMargin: 0.05);
        var question = new ExperimentQuestion("e", "a", new Dictionary<string, double>(), 0, 0.05, 5_000, [metric]);
        var chance = new Random(11);
        var stopped = 0;
        for (var experiment = 0; experiment < experiments; experiment++)
        {
            var (control, arm, isStopped) = (default(ArmMoments), default(ArmMoments), false);
            for (var look = 0; look < 60 && !isStopped; look++)
            {
                for (var person = 0; person < 50; person++)
                {
                    control.Add(chance.NextDouble() < 0.2 ? 1 : 0);
                    arm.Add(chance.NextDouble() < rate ? 1 : 0);
                }

                isStopped = MetricReport.Of(metric, question, ["a", "b"], [control, arm]).Arms[1].IsHarmed;
            }

            stopped += isStopped ? 1 : 0;
        }

        Assert.That(stopped / (double)experiments, Is.InRange(least, most));
    }

    /// <summary>Thompson sampling over looks: most people end in the better arm, whichever that is.</summary>
    [TestCase(0)]
    [TestCase(2)]
    public void Over_several_looks_the_better_arm_is_found(int better)
    {
        _some.Run("bandit", Bandit);
        var chance = new Random(7 + better);
        var (people, bought) = (new long[3], new double[3]);
        for (var look = 0; look < 20; look++)
        {
            var weights = _some.Desk.Find("bandit")!.State.Weights;
            for (var person = 0; person < 600; person++)
            {
                var draw = chance.NextDouble();
                var arm = draw < weights[0] ? 0 : draw < weights[0] + weights[1] ? 1 : 2;
                people[arm]++;
                bought[arm] += chance.NextDouble() < (arm == better ? 0.16 : 0.1) ? 1 : 0;
            }

            var report = Report([.. new[] { "a", "b", "c" }.Select((key, i) => (key, people[i], bought[i] / people[i]))]);
            if (ExperimentLook.Allocate(_some.Desk.Find("bandit")!, report, look) is { } next)
            {
                _some.Desk.Allocate("bandit", next, "system", "look");
            }
        }

        using (Assert.EnterMultipleScope())
        {
            Assert.That(people[better] / (double)people.Sum(), Is.GreaterThan(0.6));
            Assert.That(ExperimentLook.QuestionOf(_some.Desk.Find("bandit")!)!.Weights, Is.Empty, "no ratio can be expected any more");
            Assert.That(_some.Desk.Changes("bandit", 100).Count(change => change.What == "weights"), Is.GreaterThan(15));
        }
    }

    private static ExperimentReport Report(params (string Arm, long People, double Value)[] arms) => new(
        "bandit", "a", new Dictionary<string, long>(), 0, 0, null,
        [new MetricReport("bought", IsGuardrail: false, [.. arms.Select(arm => new ArmReport(arm.Arm, arm.People, arm.Value, null, null, null, IsHarmed: false))])]);
}
