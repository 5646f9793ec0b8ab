using System.Collections.Concurrent;
using Microsoft.Extensions.Options;
using Personalization.Tracking.Domain.Import;
using Personalization.Tracking.Storage.Import;

namespace Personalization.Tracking.Pipeline.Import;

/// <summary>Knows which imports run, and what became of the others. Thread-safe.</summary>
internal sealed class ImportDesk(ImportStore store, IOptions<ImportOptions> options)
{
    private readonly ConcurrentDictionary<string, ImportProgress> _running = new(StringComparer.Ordinal);
    private readonly Lock _gate = new();
    private readonly int _places = options.Value.MaxRunning;
    private int _taken;

    /// <summary>Takes one of the places; give it back. False when all are taken.</summary>
    public bool TryEnter()
    {
        if (Interlocked.Increment(ref _taken) <= _places)
        {
            return true;
        }

        Leave();
        return false;
    }

    public void Leave() => Interlocked.Decrement(ref _taken);

    /// <summary>Takes the id of an import with what is known of it at that moment, so that no other can end in between. <see cref="Remove"/> ends it.</summary>
    /// <param name="id">Of the import.</param>
    /// <param name="begin">Gets the import as it is, null when it was never begun; answers null when it cannot go on from there.</param>
    public ImportProgress? TryBegin(string id, Func<ImportReport?, ImportProgress?> begin)
    {
        lock (_gate)
        {
            var progress = begin(Find(id));
            if (progress is not null)
            {
                _running[id] = progress;
            }

            return progress;
        }
    }

    /// <summary>After its end is on disk.</summary>
    public void Remove(ImportProgress progress) => _running.TryRemove(KeyValuePair.Create(progress.Report.Id, progress));

    /// <summary>The import as it is now; null when it was never begun.</summary>
    public ImportReport? Find(string id)
    {
        // Nothing begins meanwhile, so what is said to run and is not here runs no more: its end could not be written.
        lock (_gate)
        {
            var report = _running.TryGetValue(id, out var running) ? running.Report : store.Find(id);
            return running is null && report is { State: ImportState.Running }
                ? report with { State = ImportState.Interrupted, Detail = "Its end could not be written down." }
                : report;
        }
    }

    public IReadOnlyList<ImportReport> List(int limit) =>
        [.. store.List(limit).Select(report =>
            _running.TryGetValue(report.Id, out var running) ? running.Report
            : report.State == ImportState.Running ? Find(report.Id) ?? report
            : report)];

    /// <summary>Tells a running import to stop; it ends by itself. False when it does not run.</summary>
    public bool TryCancel(string id)
    {
        if (!_running.TryGetValue(id, out var running))
        {
            return false;
        }

        try
        {
            running.Cancel();
            return true;
        }
        catch (ObjectDisposedException)
        {
            // It has just ended.
            return false;
        }
    }
}
