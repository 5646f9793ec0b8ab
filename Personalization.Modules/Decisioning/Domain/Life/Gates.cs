namespace Personalization.Decisioning.Domain.Life;

/// <summary>The gates that every model passes before it serves, whoever made it.</summary>
internal static class Gates
{
    /// <param name="options">How far a version may be behind.</param>
    /// <param name="live">What serves; null when nothing does, and then there is nothing to be behind of.</param>
    /// <param name="candidate">What is to serve, on the same questions.</param>
    /// <param name="ofErasedPeople">People, or their sessions, that it learnt from and that were erased since.</param>
    public static IReadOnlyList<Gate> Of(ModelLifeOptions options, ModelMeasurement? live, ModelMeasurement candidate, int ofErasedPeople)
    {
        List<Gate> gates = [AtMost("latency", candidate.MeanMicroseconds, options.MaxMeanMicroseconds), AtMost("erased_people", ofErasedPeople, 0)];
        if (live is not null)
        {
            gates.InsertRange(
                0,
                [
                    AtLeast("questions", candidate.Questions, 1),
                    AtLeast("quality", candidate.Mrr, live.Mrr * (1 - options.MaxQualityLoss)),
                    AtLeast("coverage", candidate.Coverage, live.Coverage * options.MinCoverageKept),
                    AtMost("popularity_bias", candidate.PopularShare, live.PopularShare * options.MaxPopularityBias),
                ]);
        }

        return gates;
    }

    /// <summary>Names of the gates that are closed, for people.</summary>
    public static string Closed(IEnumerable<Gate> gates) => string.Join(", ", gates.Where(gate => !gate.HasPassed).Select(gate => gate.Name));

    private static Gate AtLeast(string name, double value, double bound) => new(name, value >= bound, value, bound);

    private static Gate AtMost(string name, double value, double bound) => new(name, value <= bound, value, bound);
}
