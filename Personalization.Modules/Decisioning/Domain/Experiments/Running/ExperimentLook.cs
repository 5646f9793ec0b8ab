using MathNet.Numerics.Distributions;
using Personalization.Decisioning.Domain.Experiments.Analysis;

namespace Personalization.Decisioning.Domain.Experiments.Running;

/// <summary>What a look at an experiment asks, and what follows from the answer. Pure.</summary>
internal static class ExperimentLook
{
    private const int Draws = 20_000;

    /// <summary>The experiment's own question; null before its start. Where shares were changed no ratio is expected.</summary>
    public static ExperimentQuestion? QuestionOf(KnownExperiment known) => known.State.StartedAtMs is not { } startedAtMs
        ? null
        : known.Definition.Question with
        {
            SinceMs = startedAtMs,
            Weights = known.State.AreWeightsChanged
                ? new Dictionary<string, double>(StringComparer.Ordinal)
                : known.Definition.Arms.ToDictionary(arm => arm.Key, arm => arm.Weight, StringComparer.Ordinal),
        };

    /// <summary>Arms that surely break a guardrail, each with the guardrail. Always valid: looking often finds no more by chance.</summary>
    public static IEnumerable<(string Arm, string Guardrail)> HarmedArms(ExperimentReport report) =>
        from metric in report.Metrics
        from arm in metric.Arms
        where arm.IsHarmed
        group metric.Id by arm.Variation into harmed
        select (harmed.Key, string.Join(", ", harmed));

    /// <summary>
    /// Thompson sampling over people: each arm's share is the chance that it is the best one, under a flat prior of its conversion, and at least the
    /// floor. Null while an arm has too few people. Only people whose time to convert is over are counted (the question's <see cref="ExperimentQuestion.UntilMs"/>):
    /// the others would speak against the arms that grew lately.
    /// </summary>
    /// <param name="known">The experiment.</param>
    /// <param name="report">Of its question.</param>
    /// <param name="seed">Of the draws.</param>
    public static IReadOnlyList<double>? Allocate(KnownExperiment known, ExperimentReport report, int seed)
    {
        var (definition, bandit) = (known.Definition, known.Definition.Bandit!);
        var metric = report.Metrics.First(candidate => candidate.Id == bandit.Metric);
        var arms = definition.Arms.Index().Where(arm => !known.State.StoppedArms.ContainsKey(arm.Item.Key)).ToList();
        var seen = arms.Select(arm => metric.Arms.FirstOrDefault(candidate => candidate.Variation == arm.Item.Key)).ToList();
        if (arms.Count < 2 || seen.Exists(arm => arm is null || arm.People < bandit.MinPeople))
        {
            return null;
        }

        var random = new Random(seed);
        var beliefs = seen.Select(arm => new Beta(1 + (arm!.Value * arm.People), 1 + ((1 - arm.Value) * arm.People), random)).ToList();
        var wins = new double[arms.Count];
        for (var draw = 0; draw < Draws; draw++)
        {
            var (best, most) = (0, double.NegativeInfinity);
            for (var i = 0; i < beliefs.Count; i++)
            {
                var sample = beliefs[i].Sample();
                (best, most) = sample > most ? (i, sample) : (best, most);
            }

            wins[best]++;
        }

        var weights = new double[definition.Arms.Count];
        foreach (var (place, arm) in arms.Index())
        {
            weights[arm.Index] = bandit.Floor + ((1 - (bandit.Floor * arms.Count)) * wins[place] / Draws);
        }

        return weights;
    }
}
