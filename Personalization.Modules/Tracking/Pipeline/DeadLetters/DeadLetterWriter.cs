using Microsoft.Extensions.Logging;
using Personalization.Tracking.Domain.DeadLetters;
using Personalization.Tracking.Storage.DeadLetters;

namespace Personalization.Tracking.Pipeline.DeadLetters;

/// <summary>
/// The one writer of the letters: a thread that commits whatever waits as one transaction. It lives from the container's first use
/// of it to its end, because the event path parks events until the last one is applied.
/// </summary>
internal sealed partial class DeadLetterWriter : IDisposable
{
    private const int MaxGroup = 256;
    private readonly DeadLetterStore _store;
    private readonly LetterQueue _queue;
    private readonly DeadLetterMetrics _metrics;
    private readonly ILogger<DeadLetterWriter> _logger;
    private readonly Thread _thread;

    public DeadLetterWriter(DeadLetterStore store, LetterQueue queue, DeadLetterMetrics metrics, ILogger<DeadLetterWriter> logger)
    {
        _store = store;
        _queue = queue;
        _metrics = metrics;
        _logger = logger;
        _thread = new Thread(Run) { Name = "dead letters", IsBackground = true };
        _thread.Start();
    }

    public void Dispose()
    {
        _queue.Close();
        _thread.Join();
        _store.Dispose();
    }

    private void Run()
    {
        var group = new List<LetterWrite>();
        while (_queue.Take(group, MaxGroup))
        {
            if (!TryCommit(group, isLastTry: group.Count == 1))
            {
                // One change that cannot be written must not take its neighbours along.
                group.ForEach(write => TryCommit([write], isLastTry: true));
            }

            group.Clear();
        }
    }

    private bool TryCommit(List<LetterWrite> group, bool isLastTry)
    {
        try
        {
            _store.Begin();
            group.ForEach(write => write.Apply(_store));
            foreach (var expired in _store.Commit())
            {
                _metrics.Expired((DeadLetterReason)expired.Reason);
            }

            group.ForEach(write => write.AfterCommit(_store));
            group.ForEach(write => write.Complete(isStored: true));
            return true;
        }
        catch (Exception error) // The thread must outlive a full disk: whoever waits is told, and what was parked is still in the log.
        {
            RollbackSafely();
            if (isLastTry)
            {
                _metrics.NotKept("disk", 1);
                LogCommitFailed(error);
                group.ForEach(write => write.Complete(isStored: false));
            }

            return false;
        }
    }

    private void RollbackSafely()
    {
        try
        {
            _store.Rollback();
        }
        catch (Exception error) // The disk that refused the commit may refuse this too; the next group begins by itself.
        {
            LogCommitFailed(error);
        }
    }

    [LoggerMessage(EventId = 1060, Level = LogLevel.Error, Message = "A change of the dead letters could not be written; its sender was told, a parked event is still in the log")]
    private partial void LogCommitFailed(Exception error);
}
