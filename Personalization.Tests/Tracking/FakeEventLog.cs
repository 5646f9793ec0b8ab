using Personalization.Kernel.Log;
using Personalization.Tracking.Contracts;

namespace Personalization.Tests.Tracking;

/// <summary>A log that answers as it is told and remembers what it saw.</summary>
internal sealed class FakeEventLog : IEventLog
{
    public Admission Answer { get; set; } = Admission.Accepted;

    /// <summary>Fails the commit, as a full disk does.</summary>
    public Exception? Failure { get; set; }

    public int Appended { get; private set; }

    public bool WasCritical { get; private set; }

    public ushort SourceId { get; private set; }

    public string LastRaw { get; private set; } = "";

    public Admission TryAppend(LogEntry entry)
    {
        if (Answer != Admission.Accepted)
        {
            return Answer;
        }

        var batch = (EventBatch)entry;
        Appended += batch.EventCount;
        WasCritical = batch.IsCritical;
        SourceId = batch.SourceId;
        LastRaw = Parsing.Text(batch[batch.EventCount - 1], batch[batch.EventCount - 1].Raw);
        _ = CommitLaterAsync(batch);
        return Admission.Accepted;
    }

    private async Task CommitLaterAsync(EventBatch batch)
    {
        batch.Retain();
        await Task.Yield();
        if (Failure is null)
        {
            batch.SetCommitted();
        }
        else
        {
            batch.SetFailed(Failure);
        }

        batch.Release();
    }
}
