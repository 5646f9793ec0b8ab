namespace Personalization.Kernel.Pipelines;

/// <summary>
/// Counts work that somebody waits for: decisions, and events that must not be lost in the crowd. Whether load is shed hangs on it, since
/// keeping a bulk load away when nobody else is there protects no one. Thread-safe.
/// </summary>
internal sealed class ForegroundWork
{
    private long _count;

    /// <summary>Since the start.</summary>
    public long Count => Volatile.Read(ref _count);

    public void Note() => Interlocked.Increment(ref _count);
}
