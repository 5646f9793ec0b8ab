using Personalization.Tracking.Domain;
using Personalization.Tracking.Domain.Import;

namespace Personalization.Tracking.Pipeline.Import;

/// <summary>
/// How far one attempt at an import is. What it shows only ever speaks of lines whose events are on disk. Written by the attempt,
/// read by anyone.
/// </summary>
internal sealed class ImportProgress : IDisposable
{
    private readonly CancellationTokenSource _cancel = new();
    private readonly ImportReport _before;
    private readonly ImportTally _tally;
    private volatile ImportReport _report;

    /// <param name="before">Where the attempt begins: an earlier one's end, or the beginning.</param>
    /// <param name="maxErrors">Refused lines that are named.</param>
    /// <param name="unknownColumns">Columns that nothing comes from.</param>
    public ImportProgress(ImportReport before, int maxErrors, IReadOnlyList<string> unknownColumns)
    {
        before.Findings.UnknownColumns = unknownColumns;
        _before = before;
        _tally = new ImportTally(before.Findings, maxErrors, countsIdentities: before.IsDryRun);
        _report = before with { Findings = _tally.Snapshot() };
    }

    public ImportReport Report => _report;

    /// <summary>Lines that an earlier attempt dealt with.</summary>
    public long DoneLines => _before.LinesRead;

    /// <summary>Ends with <see cref="Cancel"/>.</summary>
    public CancellationToken Cancellation => _cancel.Token;

    public void Cancel() => _cancel.Cancel();

    /// <summary>A batch that was read and, unless in a dry run, written. <see cref="Reach"/> follows before anything is waited for.</summary>
    public void Add(Contracts.EventBatch batch) => _tally.Add(batch);

    /// <summary>The same for lines that never became events.</summary>
    public void Add(ReadOnlySpan<Refusal> refusals) => _tally.Add(refusals);

    /// <summary>Everything up to a line is dealt with. The findings follow when they are published.</summary>
    public void Reach(long line, long bytes) =>
        _report = _report with
        {
            LinesRead = Math.Max(_before.LinesRead, line),
            SkippedLines = Math.Min(_before.LinesRead, line),
            Accepted = _before.Accepted + _tally.Accepted,
            Refused = _before.Refused + _tally.Refused,
            Bytes = _before.Bytes + bytes,
        };

    /// <summary>Shows the findings too: a copy of all of them, so not after every batch.</summary>
    public ImportReport Publish() => _report = _report with { Findings = _tally.Snapshot() };

    /// <summary>How it ended. It shows as running until its id is free again, or whoever resumes at that sign would come too early.</summary>
    public ImportReport End(ImportState state, DateTimeOffset now, string? detail) =>
        Publish() with { State = state, FinishedAt = now, Detail = detail };

    public void Dispose() => _cancel.Dispose();
}
