using Microsoft.Data.Sqlite;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace Personalization.Kernel.Log;

/// <summary>
/// Moves the write-ahead log's pages into the file, on a connection of its own, so that the writer never stalls for it. A
/// passive checkpoint under constant writing never quite catches up, and only a WAL that is moved whole starts over from its
/// beginning; so when the rest has become small, the writer itself moves it between two commits.
/// </summary>
internal sealed partial class LogMaintenance(LogStore store, IOptions<LogOptions> options, ILogger<LogMaintenance> logger) : BackgroundService
{
    private const int PageBytes = 4096;
    private const int SmallRestPages = 256;
    private readonly SemaphoreSlim _due = new(0, 1);
    private readonly long _walBytes = options.Value.WalBytes;
    private long _walLength;
    private volatile bool _finish;

    /// <summary>Called by the writer after each commit, with the bytes of its body.</summary>
    public void AfterCommit(LogStore appender, int bytes)
    {
        if (_finish)
        {
            _finish = false;
            FinishSafely(appender);
        }

        // The file's length stays when the WAL starts over, so it is estimated from the commits since then: the body's pages,
        // and the page of the tree that they hang on.
        _walLength += bytes + (2 * PageBytes);
        if (_walLength > _walBytes && _due.CurrentCount == 0)
        {
            _walLength = _walBytes / 2;
            Wake();
        }
    }

    private void FinishSafely(LogStore appender)
    {
        try
        {
            if (appender.CheckpointOnAppender().IsDone)
            {
                _walLength = 0;
            }
        }
        catch (SqliteException error)
        {
            // A full disk: commits will say so to their senders, and the next round tries again.
            LogCheckpointFailed(error);
        }
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var connection = store.OpenReader();
        while (!stoppingToken.IsCancellationRequested)
        {
            await _due.WaitAsync(stoppingToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            if (!stoppingToken.IsCancellationRequested)
            {
                Move(connection);
            }
        }
    }

    private void Move(SqliteConnection connection)
    {
        try
        {
            var state = LogStore.Checkpoint(connection);
            for (var pass = 0; pass < 4 && state.Pages - state.Moved > SmallRestPages; pass++)
            {
                state = LogStore.Checkpoint(connection);
            }

            _finish = true;
        }
        catch (SqliteException error)
        {
            LogCheckpointFailed(error);
        }
    }

    private void Wake()
    {
        try
        {
            _due.Release();
        }
        catch (SemaphoreFullException)
        {
            // Already woken: one round serves both.
        }
    }

    public override void Dispose()
    {
        _due.Dispose();
        base.Dispose();
    }

    [LoggerMessage(EventId = 2, Level = LogLevel.Warning, Message = "The write-ahead log could not be moved into the file; it is tried again later")]
    private partial void LogCheckpointFailed(Exception error);
}
