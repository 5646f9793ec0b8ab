namespace Personalization.Kernel.Audit;

/// <summary>The log of administrative and privacy actions. Entries are chained, so that a change of the past shows. Thread-safe.</summary>
public interface IAuditLog
{
    /// <summary>Completes when the entry is on disk.</summary>
    ValueTask AppendAsync(AuditRecord record, CancellationToken cancellationToken = default);
}

/// <summary>One action. Holds no personal data: people are named by profile number, request id or keyed hash.</summary>
/// <param name="Action">What was done, as <c>area.verb</c>, for example <c>privacy.erase</c>.</param>
/// <param name="Actor">Who did it: the name of the key, <c>system</c> for the process itself.</param>
/// <param name="Subject">What it was done to, for example <c>placement:home</c>.</param>
/// <param name="Detail">More, as JSON; null when there is none.</param>
public sealed record AuditRecord(string Action, string Actor, string Subject, string? Detail = null);
