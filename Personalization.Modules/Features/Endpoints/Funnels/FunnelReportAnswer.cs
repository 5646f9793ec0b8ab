using Personalization.Features.Domain.Funnels;

namespace Personalization.Features.Endpoints.Funnels;

/// <summary>How far shoppers came.</summary>
/// <param name="Funnel">Which funnel.</param>
/// <param name="Version">Its version in use.</param>
/// <param name="From">Attempts that began at this time or later.</param>
/// <param name="To">And before this one.</param>
/// <param name="Segment">Only of members of this segment, as of now; null for all.</param>
/// <param name="Over">What was counted: the histories that are kept, which are bounded.</param>
/// <param name="Profiles">Profiles that were looked at.</param>
/// <param name="Incomplete">Of these, profiles of which events of the period may be missing, because only so many are kept.</param>
/// <param name="Steps">Each step.</param>
/// <param name="Conversion">Share of those who began that completed the last step; null when nobody began.</param>
/// <param name="Seconds">From the first step to the last.</param>
/// <param name="TookMs">How long the counting took.</param>
internal sealed record FunnelReportAnswer(
    string Funnel,
    int Version,
    DateTimeOffset From,
    DateTimeOffset To,
    string? Segment,
    string Over,
    long Profiles,
    long Incomplete,
    IReadOnlyList<FunnelStepAnswer> Steps,
    double? Conversion,
    FunnelTimes? Seconds,
    double TookMs)
{
    public static FunnelReportAnswer Of(
        FunnelDefinition funnel, FunnelReport report, DateTimeOffset from, DateTimeOffset to, string? segment, TimeSpan took)
    {
        var steps = new List<FunnelStepAnswer>();
        for (var i = 0; i < funnel.Steps.Length; i++)
        {
            var before = i == 0 ? report.Reached(0) : report.Reached(i - 1);
            steps.Add(new FunnelStepAnswer(
                funnel.Steps[i].Name, report.Reached(i), Share(report.Reached(i), before), Share(report.Reached(i), report.Reached(0)),
                before - report.Reached(i), FunnelTimes.Of(report.Took(i))));
        }

        return new FunnelReportAnswer(
            funnel.Id, funnel.Version, from, to, segment, "retained history", report.Profiles, report.Incomplete, steps,
            steps[^1].RateOfFirst, FunnelTimes.Of(report.Whole), took.TotalMilliseconds);
    }

    private static double? Share(long part, long whole) => whole == 0 ? null : (double)part / whole;
}

/// <summary>One step of a report.</summary>
/// <param name="Name">What it is called.</param>
/// <param name="Count">Profiles that completed it, each once.</param>
/// <param name="RateOfPrevious">Of those who completed the step before; null when there are none.</param>
/// <param name="RateOfFirst">Of those who began.</param>
/// <param name="Lost">Who completed the step before and not this one.</param>
/// <param name="Seconds">From the step before; null for the first, and when nobody came.</param>
internal sealed record FunnelStepAnswer(string Name, long Count, double? RateOfPrevious, double? RateOfFirst, long Lost, FunnelTimes? Seconds);

/// <summary>How long it took, in seconds, right to 2 %.</summary>
internal sealed record FunnelTimes(double Median, double P90)
{
    public static FunnelTimes? Of(DurationCounts counts) =>
        counts.AtShare(0.5) is { } median && counts.AtShare(0.9) is { } p90 ? new FunnelTimes(median / 1000.0, p90 / 1000.0) : null;
}
