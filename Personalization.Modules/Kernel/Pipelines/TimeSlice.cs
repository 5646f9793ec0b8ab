using System.Runtime.CompilerServices;

namespace Personalization.Kernel.Pipelines;

/// <summary>
/// Keeps a loop that may have work for seconds from keeping a thread of the pool for seconds: the pool does not interrupt, and requests and
/// decisions wait for the same threads. One loop each; not shared.
/// </summary>
/// <param name="time">The clock.</param>
internal sealed class TimeSlice(TimeProvider time)
{
    /// <summary>Requests wait for no more than this by one loop.</summary>
    private static readonly TimeSpan Length = TimeSpan.FromMilliseconds(1);

    private long _since = time.GetTimestamp();

    /// <summary>Asked between two pieces of work: when true, <see cref="YieldAsync"/> lets others go first.</summary>
    public bool IsUsedUp => time.GetElapsedTime(_since) >= Length;

    /// <summary>Goes to the end of the pool's queue.</summary>
    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder))]
    public async ValueTask YieldAsync()
    {
        await Task.Yield();
        Begin();
    }

    /// <summary>The loop has waited for work, or has just yielded: its time begins anew.</summary>
    public void Begin() => _since = time.GetTimestamp();
}
