namespace Personalization.Tracking.Domain.Reconciliation;

/// <summary>How far a comparison is, and its result. As it is stored and answered.</summary>
/// <param name="Id">Stable.</param>
/// <param name="State">running, done, failed, or interrupted by a restart.</param>
/// <param name="RequestedAt">When it was asked for.</param>
/// <param name="Progress">0–1.</param>
/// <param name="Error">Why it failed.</param>
/// <param name="Result">When it is done.</param>
internal sealed record ReconciliationRun(
    Guid Id, string State, DateTimeOffset RequestedAt, double Progress, string? Error, ReconciliationResult? Result)
{
    public const string Running = "running";
    public const string Done = "done";
    public const string Failed = "failed";
    public const string Interrupted = "interrupted";
}

/// <summary>The rows of a report against the log.</summary>
/// <param name="TimeZone">Whose days.</param>
/// <param name="Matched">Rows that agree.</param>
/// <param name="Differing">Rows that don't.</param>
/// <param name="ScannedEvents">Events of the log that were looked at.</param>
/// <param name="LogUntil">Offset up to which the log was compared.</param>
/// <param name="IsApproximate">More message ids than are remembered: later duplicates may have been counted.</param>
/// <param name="Rows">In the order of the report.</param>
/// <param name="Unreported">What the log has on the report's days, from its sources, that no row speaks of; at most 100.</param>
internal sealed record ReconciliationResult(
    string TimeZone,
    int Matched,
    int Differing,
    long ScannedEvents,
    long LogUntil,
    bool IsApproximate,
    IReadOnlyList<RowResult> Rows,
    IReadOnlyList<UnreportedCount> Unreported);

/// <summary>One row.</summary>
/// <param name="Day">As reported.</param>
/// <param name="Source">As reported.</param>
/// <param name="Type">The call.</param>
/// <param name="Event">As reported.</param>
/// <param name="IsMatch">Count, sums and message ids agree.</param>
/// <param name="Reported">Events of the report.</param>
/// <param name="InLog">Events of the log, without duplicates.</param>
/// <param name="Difference">Log minus report.</param>
/// <param name="Sums">By property.</param>
/// <param name="Explanation">In words, the likeliest first; empty for a match.</param>
/// <param name="Breakdown">What may have been counted otherwise.</param>
/// <param name="MissingTotal">Reported message ids that the log does not have in this row; null when none were given.</param>
/// <param name="Missing">The first of them and why, at most 100.</param>
/// <param name="MissingByReason">All of them, by why.</param>
/// <param name="ExtraTotal">Events of the log that are not among the reported ids; null when none were given.</param>
/// <param name="Extra">The first of them, at most 100.</param>
internal sealed record RowResult(
    string Day,
    string Source,
    string Type,
    string Event,
    bool IsMatch,
    long Reported,
    long InLog,
    long Difference,
    IReadOnlyDictionary<string, SumResult> Sums,
    string Explanation,
    RowBreakdown Breakdown,
    int? MissingTotal,
    IReadOnlyList<MissingEvent>? Missing,
    IReadOnlyDictionary<string, int>? MissingByReason,
    int? ExtraTotal,
    IReadOnlyList<ExtraEvent>? Extra);

/// <summary>A sum of the report and of the log.</summary>
/// <param name="Reported">Of the report.</param>
/// <param name="InLog">Of the log.</param>
/// <param name="Difference">Log minus report.</param>
/// <param name="Unreadable">Events whose value is no number.</param>
internal sealed record SumResult(decimal Reported, decimal InLog, decimal Difference, long Unreadable);

/// <summary>What may have been counted otherwise by the other system.</summary>
/// <param name="DuplicatesDropped">Repeated message ids, which the log's count leaves out.</param>
/// <param name="MovedInByClock">Events that bear another day by the client's own clock, and were moved into this one by its correction.</param>
/// <param name="MovedOutByClock">Events that bear this day by the client's own clock, and were moved out of it.</param>
/// <param name="NearBoundary">Events of the row within 15 minutes of the day's beginning or end.</param>
/// <param name="JustOutside">Events of the neighbouring days within 15 minutes of this one.</param>
/// <param name="ErasedFromSource">Events of the source that came that day and were erased since: which they were is not known any more.</param>
/// <param name="UnreadableFromSource">Events of the source that came that day and cannot be read any more.</param>
internal sealed record RowBreakdown(
    long DuplicatesDropped,
    long MovedInByClock,
    long MovedOutByClock,
    long NearBoundary,
    long JustOutside,
    long ErasedFromSource,
    long UnreadableFromSource);

/// <summary>A reported event that is not in its row of the log.</summary>
/// <param name="MessageId">As reported; null once the event was erased.</param>
/// <param name="Reason">otherDay, otherEvent, otherSource, duplicate, reportedTwice, refused, erasedOrNotReceived or notReceived.</param>
/// <param name="Detail">In words.</param>
/// <param name="Offset">Its place in the log, if it is there.</param>
internal sealed record MissingEvent(string? MessageId, string Reason, string Detail, long? Offset);

/// <summary>An event of the log that was not reported.</summary>
/// <param name="MessageId">Null for an event without one, or once it was erased.</param>
/// <param name="Offset">Its place in the log.</param>
internal sealed record ExtraEvent(string? MessageId, long Offset);

/// <summary>Events that no row speaks of.</summary>
internal sealed record UnreportedCount(string Day, string Source, string Type, string Event, long Count);
