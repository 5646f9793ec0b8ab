using Personalization.Kernel.Log;

namespace Personalization.Kernel.Pipelines;

/// <summary>Where the sequencer is. Written by it, read by anyone.</summary>
internal sealed class PipelinePosition(LogTail tail) 
{
    private long _appliedOffset;
    private volatile bool _isLoaded;
    private volatile bool _caughtUp;
    private volatile bool _hasFailed;

    public bool IsCaughtUp => _caughtUp;

    public bool HasFailed => _hasFailed;

    public long LogNextOffset => tail.CommittedOffset;

    public long AppliedOffset => Volatile.Read(ref _appliedOffset);

    /// <summary>Events behind the log; 0 while the checkpoint is still being loaded, when nobody knows yet.</summary>
    public long Lag => _isLoaded ? LogNextOffset - AppliedOffset : 0;

    public void Advance(long appliedOffset)
    {
        Volatile.Write(ref _appliedOffset, appliedOffset);
        _isLoaded = true;
    }

    public void MarkCaughtUp() => _caughtUp = true;

    public void MarkFailed() => _hasFailed = true;
}
