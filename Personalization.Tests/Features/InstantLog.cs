using Personalization.Features.Pipeline;
using Personalization.Kernel.Log;
using Personalization.Kernel.Pipelines;

namespace Personalization.Tests.Features;

/// <summary>Commits at once; applies at once too unless it is told to lag.</summary>
internal sealed class InstantLog(CatalogHandler handler) : IEventLog, IPipelineStatus
{
    private readonly Queue<LogEntry> _waiting = [];

    public Admission Answers { get; set; } = Admission.Accepted;

    public bool Fails { get; set; }

    public TaskCompletionSource? Lag { get; set; }

    public int Entries { get; private set; }

    public bool HasFailed => false;

    public bool IsCaughtUp => true;

    public long LogNextOffset { get; private set; }

    public long AppliedOffset { get; private set; }

    public Task WaitUntilAppliedAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task WaitUntilSettledAsync(CancellationToken cancellationToken) => WaitUntilAppliedAsync(cancellationToken);

    public Admission TryAppend(LogEntry entry)
    {
        if (Answers != Admission.Accepted)
        {
            return Answers;
        }

        if (Fails)
        {
            entry.SetFailed(new IOException("The disk is full."));
            return Admission.Accepted;
        }

        Entries++;
        entry.Retain();
        LogNextOffset += entry.Count;
        entry.SetCommitted();
        _waiting.Enqueue(entry);
        if (Lag is null)
        {
            ApplyWaiting();
        }

        return Admission.Accepted;
    }

    public void ApplyWaiting()
    {
        while (_waiting.TryDequeue(out var entry))
        {
            handler.HandleAsync(entry, CancellationToken.None).AsTask().GetAwaiter().GetResult();
        }

        AppliedOffset = LogNextOffset;
    }
}
