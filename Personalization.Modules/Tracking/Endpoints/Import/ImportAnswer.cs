using Personalization.Tracking.Domain.Import;

namespace Personalization.Tracking.Endpoints.Import;

/// <summary>An import as JSON.</summary>
internal sealed record ImportAnswer(
    string Id,
    string Source,
    string Format,
    string State,
    bool DryRun,
    long LinesRead,
    long Accepted,
    long Refused,
    long SkippedLines,
    long Bytes,
    long ResumeFromLine,
    DateTimeOffset StartedAt,
    DateTimeOffset? FinishedAt,
    string? Detail,
    IReadOnlyDictionary<string, long> RefusedByReason,
    IReadOnlyList<ImportError> Errors,
    IReadOnlyDictionary<string, long> Events,
    DateTimeOffset? FirstTimestamp,
    DateTimeOffset? LastTimestamp,
    long FutureTimestamps,
    IReadOnlyList<string> UnknownColumns,
    long? UserIds,
    long? AnonymousIds)
{
    public static ImportAnswer Of(ImportReport report) => new(
        report.Id,
        report.Source,
        report.Format.ToString().ToLowerInvariant(),
        report.State.ToString().ToLowerInvariant(),
        report.IsDryRun,
        report.LinesRead,
        report.Accepted,
        report.Refused,
        report.SkippedLines,
        report.Bytes,
        report.ResumeFromLine,
        report.StartedAt,
        report.FinishedAt,
        report.Detail,
        report.Findings.RefusedByReason,
        report.Findings.Errors,
        report.Findings.Events,
        report.Findings.FirstTimestamp,
        report.Findings.LastTimestamp,
        report.Findings.FutureTimestamps,
        report.Findings.UnknownColumns,
        report.Findings.UserIds,
        report.Findings.AnonymousIds);
}
