using Personalization.Kernel.Log;

namespace Personalization.Kernel.Pipelines;

/// <summary>Where the sequencer is. Written by it, read by anyone.</summary>
internal sealed class PipelinePosition(LogTail tail) 
{
    private long _appliedOffset;
    private volatile bool _caughtUp;

    public bool IsCaughtUp => _caughtUp;

    public long LogNextOffset => tail.CommittedOffset;

    public long AppliedOffset => Volatile.Read(ref _appliedOffset);

    public long Lag => LogNextOffset - AppliedOffset;

    public void Advance(long appliedOffset) => Volatile.Write(ref _appliedOffset, appliedOffset);

    public void MarkCaughtUp() => _caughtUp = true;
}
