using Personalization.Tracking.Contracts;

namespace Personalization.Tracking.Domain.Reconciliation;

/// <summary>What another system counted, to be compared with the log.</summary>
/// <param name="Zone">Whose days the rows are about.</param>
/// <param name="Tolerance">By which a sum may differ.</param>
/// <param name="Rows">One for each day, source and event.</param>
internal sealed record BatchReport(TimeZoneInfo Zone, decimal Tolerance, IReadOnlyList<ReportRow> Rows);

/// <summary>One row of a report.</summary>
/// <param name="Day">Of the event's time, in the report's zone.</param>
/// <param name="Source">Name of the source.</param>
/// <param name="Type">The call.</param>
/// <param name="Event">Name of a track call; else empty.</param>
/// <param name="Count">Events that were counted.</param>
/// <param name="Sums">Sums of numbers at the top of the payload, by their names.</param>
/// <param name="MessageIds">The events themselves, where the other system knows them; else null.</param>
internal sealed record ReportRow(
    DateOnly Day, string Source, EventType Type, string Event, long Count, IReadOnlyDictionary<string, decimal> Sums, IReadOnlyList<string>? MessageIds);

/// <summary>Something that is wrong with a report.</summary>
/// <param name="Location">JSON pointer into the body.</param>
/// <param name="Reason">What is wrong.</param>
internal sealed record ReportError(string Location, string Reason);
