using System.Text.Json;
using Personalization.Decisioning.Domain.Experiments;
using Personalization.Decisioning.Domain.Journal;

namespace Personalization.Decisioning.Domain.Life;

/// <summary>
/// A model of which several versions may exist: one serves, others are measured, shadowed or tried. A version is its parameters; what it learnt, the model
/// brings along. Whoever implements and registers this takes part in gates, rollbacks, drift and cards. Thread-safe.
/// </summary>
internal interface IVersionedModel
{
    /// <summary>Stable, kebab-case.</summary>
    string Name { get; }

    /// <summary>Number of the version that serves when nobody promoted any.</summary>
    int FirstVersion => 1;

    /// <summary>In plain words, for the card.</summary>
    string Description { get; }

    /// <summary>What it is good for, and what not, for the card.</summary>
    IReadOnlyList<string> Limits { get; }

    /// <summary>The parameters of <see cref="FirstVersion"/>.</summary>
    JsonElement Defaults { get; }

    /// <summary>All that is wrong with parameters; empty when they can serve.</summary>
    IReadOnlyList<FlagFault> Check(JsonElement parameters);

    /// <summary>What it has learnt from, as of now.</summary>
    TrainingSet Describe();

    /// <summary>Asks it with these parameters for what people went on to in their newest sessions, without showing it those sessions.</summary>
    /// <returns>Null when nothing answers by these parameters, or nobody is answered: then there is nothing to be behind of.</returns>
    ModelMeasurement? Measure(JsonElement parameters, int sessions, CancellationToken cancellationToken);

    /// <summary>Parameters near to given ones that may do better, some dozen at most.</summary>
    IEnumerable<JsonElement> Variations(JsonElement parameters);

    /// <summary>Makes a version ready for placements that name it.</summary>
    void Offer(int version, JsonElement parameters);

    /// <summary>Serves a version that was offered, from the next decision on.</summary>
    void Serve(int version);

    /// <summary>Lets a version that was offered answer a share of the decisions that name none; null for none.</summary>
    void Try(int? version, CanaryRule? rule);

    /// <summary>Which version had a part in a decision; null when the model had none.</summary>
    long? VersionOf(DecisionRecord decision);

    /// <summary>Lets a version answer a share of live questions too, unseen, and compares; null for none.</summary>
    void Shadow(int? version);

    /// <summary>What came of the shadow so far; null when there is none.</summary>
    ShadowReport? ReadShadow();
}

/// <summary>What a model has learnt from.</summary>
/// <param name="Examples">Clicks, ever.</param>
/// <param name="Sessions">That are kept.</param>
/// <param name="FromMs">Oldest of them, Unix ms; null when there is none.</param>
/// <param name="UntilMs">Newest of them.</param>
/// <param name="OfErasedPeople">Sessions of people who were erased since the start: must be none.</param>
/// <param name="OfRefusers">Sessions of people who do not let models be taught now, kept from before; none of them is measured on.</param>
internal sealed record TrainingSet(long Examples, int Sessions, long? FromMs, long? UntilMs, int OfErasedPeople, int OfRefusers);

/// <summary>How a version did on sessions that it was not shown.</summary>
/// <param name="Questions">Clicks that were to be foreseen.</param>
/// <param name="HitRate">Share of them among the first 20.</param>
/// <param name="Mrr">Mean reciprocal rank, 0 beyond the first 20.</param>
/// <param name="Coverage">Different items among all answers.</param>
/// <param name="PopularShare">Share of answers that are among the 100 most popular items.</param>
/// <param name="MeanMicroseconds">Of one answer, on the thread that measured.</param>
/// <param name="Scores">How many best scores lie in each of <see cref="ScoreBins.Count"/> bins, for the stability index.</param>
internal sealed record ModelMeasurement(
    int Questions, double HitRate, double Mrr, int Coverage, double PopularShare, double MeanMicroseconds, IReadOnlyList<int> Scores)
{
    /// <summary>Nobody was asked anything.</summary>
    public static ModelMeasurement OfNothing { get; } = new(0, 0, 0, 0, 0, 0, []);
}

/// <summary>A shadow beside the version that served.</summary>
/// <param name="Version">That answered unseen.</param>
/// <param name="Compared">Questions that both answered.</param>
/// <param name="Overlap">Mean share of the served first 20 that the shadow has too.</param>
/// <param name="SameFirst">Share of questions with the same first item.</param>
/// <param name="MeanMicroseconds">Of the shadow's answers.</param>
/// <param name="Dropped">Questions that were not compared because too many waited.</param>
internal sealed record ShadowReport(long Version, long Compared, double Overlap, double SameFirst, double MeanMicroseconds, long Dropped);

/// <summary>Bins of scores on a scale of logarithms, the same for every version.</summary>
internal static class ScoreBins
{
    public const int Count = 24;

    public static int Of(float score) => score <= 0 ? 0 : Math.Clamp((int)MathF.Floor(MathF.Log2(score)) + (Count / 2), 0, Count - 1);

    /// <summary>Population stability index: 0 for the same distribution, above 0.25 it has shifted. Half a person in each bin, so that none is empty.</summary>
    public static double Shift(IReadOnlyList<int> before, IReadOnlyList<int> now)
    {
        var (all, allNow, shift) = (before.Sum() + (before.Count / 2.0), now.Sum() + (now.Count / 2.0), 0.0);
        for (var i = 0; i < before.Count; i++)
        {
            var (was, isNow) = ((before[i] + 0.5) / all, (now[i] + 0.5) / allNow);
            shift += (isNow - was) * Math.Log(isNow / was);
        }

        return shift;
    }
}
