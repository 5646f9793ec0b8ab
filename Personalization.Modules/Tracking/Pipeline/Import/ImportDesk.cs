using System.Collections.Concurrent;
using Microsoft.Extensions.Options;
using Personalization.Tracking.Domain.Import;
using Personalization.Tracking.Storage.Import;

namespace Personalization.Tracking.Pipeline.Import;

/// <summary>Knows which imports run, and what became of the others. Thread-safe.</summary>
internal sealed class ImportDesk(ImportStore store, IOptions<ImportOptions> options)
{
    private readonly ConcurrentDictionary<string, ImportProgress> _running = new(StringComparer.Ordinal);
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

    /// <summary>Whether nobody else runs an import of this id. <see cref="Remove"/> ends it.</summary>
    public bool TryAdd(ImportProgress progress) => _running.TryAdd(progress.Report.Id, progress);

    public void Remove(ImportProgress progress) => _running.TryRemove(KeyValuePair.Create(progress.Report.Id, progress));

    /// <summary>The import as it is now; null when it was never begun.</summary>
    public ImportReport? Find(string id) => _running.TryGetValue(id, out var running) ? running.Report : store.Find(id);

    public IReadOnlyList<ImportReport> List(int limit) =>
        [.. store.List(limit).Select(report => _running.TryGetValue(report.Id, out var running) ? running.Report : report)];

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
