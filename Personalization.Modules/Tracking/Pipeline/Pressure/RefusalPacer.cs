using Personalization.Tracking.Domain.Pressure;

namespace Personalization.Tracking.Pipeline.Pressure;

/// <summary>
/// Lets a refusal wait before it is answered. A client that comes again at once, whatever <c>Retry-After</c> says, would otherwise be refused
/// as fast as the machine can, which costs as much as serving it. Waiting costs a timer and a connection. Those who were refused together are not
/// answered together: they would all come again in the same millisecond, and whatever the rate gave meanwhile be used up at once. Bounded; thread-safe.
/// </summary>
/// <param name="holdMs">How long a refusal waits, more or less by up to half; 0 = not at all.</param>
/// <param name="mostHeld">Refusals that wait at a time; beyond it they are answered at once.</param>
/// <param name="time">The clock of the wait.</param>
internal sealed class RefusalPacer(int holdMs, int mostHeld, TimeProvider time)
{
    private int _held;
    private uint _ticket;

    /// <summary>Refusals that wait.</summary>
    public int Held => Volatile.Read(ref _held);

    public async Task HoldAsync(CancellationToken cancellationToken)
    {
        if (holdMs == 0)
        {
            return;
        }

        if (Interlocked.Increment(ref _held) <= mostHeld)
        {
            await Task.Delay(TimeSpan.FromMilliseconds(holdMs * (0.5 + EvenSpread.Part(Interlocked.Increment(ref _ticket)))), time, cancellationToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }

        Interlocked.Decrement(ref _held);
    }
}
