namespace Personalization.Decisioning.Domain.Experiments.Analysis;

/// <summary>What is counted of a person's events after they came into an experiment.</summary>
internal enum MetricKind : byte
{
    /// <summary>Whether there was one.</summary>
    Conversion,

    /// <summary>How many.</summary>
    Count,

    /// <summary>Sum of their revenue, or of a property.</summary>
    Sum,

    /// <summary>On how many days (UTC) there was one: how often people come back.</summary>
    Days,

    /// <summary>In how many sessions there was one.</summary>
    Sessions,
}

/// <summary>Events of a name, and what of them.</summary>
/// <param name="Event">Name; <c>*</c> for any but exposures.</param>
/// <param name="Kind">What is measured.</param>
/// <param name="Property">Whose values are added up; null for revenue. Only of <see cref="MetricKind.Sum"/>.</param>
internal sealed record EventValue(string Event, MetricKind Kind, string? Property);

/// <summary>One metric of an experiment.</summary>
/// <param name="Id">Its name in the report.</param>
/// <param name="Numerator">What is measured of each person.</param>
/// <param name="Denominator">What it is divided by, over all people of an arm: sessions, orders; null for people themselves.</param>
/// <param name="DelayMs">Events count from this long after the exposure: retention begins later.</param>
/// <param name="WindowMs">Length of the attribution window from there.</param>
/// <param name="CovariateMs">How long before the exposure the same numerator is taken as covariate (CUPED); 0 for none.</param>
/// <param name="Cap">Most that one person counts for, so that one wholesale buyer does not decide; null for no bound.</param>
/// <param name="IsDecreaseBetter">Whether less is better.</param>
/// <param name="GuardrailMargin">Relative loss that is not to be exceeded, such as 0.02; null when it is no guardrail.</param>
internal sealed record MetricDefinition(
    string Id,
    EventValue Numerator,
    EventValue? Denominator,
    long DelayMs,
    long WindowMs,
    long CovariateMs,
    double? Cap,
    bool IsDecreaseBetter,
    double? GuardrailMargin);

/// <summary>What is asked of an experiment.</summary>
/// <param name="Key">Of the experiment, as its exposures name it.</param>
/// <param name="Control">Key of the variation that the others are compared with.</param>
/// <param name="Weights">Intended shares by variation, for the sample ratio; empty when none were told.</param>
/// <param name="SinceMs">Exposures from here on, Unix ms.</param>
/// <param name="Alpha">Share of experiments without an effect in which one may be found.</param>
/// <param name="TunedFor">People at which always-valid intervals are narrowest.</param>
/// <param name="Metrics">What is measured.</param>
internal sealed record ExperimentQuestion(
    string Key, string Control, IReadOnlyDictionary<string, double> Weights, long SinceMs, double Alpha, double TunedFor, IReadOnlyList<MetricDefinition> Metrics)
{
    /// <summary>Whoever was exposed later than this does not count yet, Unix ms.</summary>
    public long UntilMs { get; init; } = long.MaxValue;
}
