using Personalization.Tracking.Contracts;
using Personalization.Tracking.Pipeline;

namespace Personalization.Tracking.Domain.Live;

/// <summary>
/// The places of a source's last events in the log, and what became of them; the events themselves are read from the log when
/// somebody looks, so an erased one is gone from here too. The sequencer adds, partitions say what came of it, anyone reads; no locks.
/// </summary>
internal sealed class LiveRing(int capacity)
{
    private const int VerdictBits = 4;
    private const int ReasonBits = 4;
    private const long Pending = (1 << VerdictBits) - 1;

    /// <summary>Offset, reason and verdict in one word: whoever comes late with a verdict finds another offset and changes nothing.</summary>
    private readonly long[] _states = Fill(capacity);
    private readonly long[] _times = new long[capacity];
    private readonly byte[] _types = new byte[capacity];
    private long _added;

    /// <summary>Events since the start.</summary>
    public long Added => Volatile.Read(ref _added);

    public int Capacity => _states.Length;

    /// <summary>Sequencer's thread.</summary>
    /// <returns>Where <see cref="Decide"/> finds it.</returns>
    public int Add(long offset, EventType type, long receivedAtMs, EventVerdict? verdict)
    {
        var place = (int)(_added & (_states.Length - 1));
        Volatile.Write(ref _states[place], -1);
        Volatile.WriteBarrier();
        _times[place] = receivedAtMs;
        _types[place] = (byte)type;
        Volatile.Write(ref _states[place], State(offset, verdict is { } known ? (long)known : Pending));
        Volatile.Write(ref _added, _added + 1);
        return place;
    }

    /// <summary>Any thread, once for each event.</summary>
    public void Decide(int place, long offset, EventVerdict verdict, ConsentReason reason = default) =>
        Interlocked.CompareExchange(ref _states[place], State(offset, (long)verdict, reason), State(offset, Pending));

    /// <summary>The event with this number since the start; false when it was overwritten.</summary>
    public bool TryRead(long number, out LiveEvent seen)
    {
        var place = (int)(number & (_states.Length - 1));
        var state = Volatile.Read(ref _states[place]);
        var (time, type) = (_times[place], _types[place]);
        Volatile.ReadBarrier();
        var offset = state >> (VerdictBits + ReasonBits);
        var reason = (ConsentReason)((state >> VerdictBits) & ((1 << ReasonBits) - 1));
        var verdict = state & Pending;
        seen = new LiveEvent(offset, time, (EventType)type, verdict == Pending ? null : (EventVerdict)verdict, reason);
        return state >= 0 && Volatile.Read(ref _states[place]) >> (VerdictBits + ReasonBits) == offset && _added - number <= _states.Length;
    }

    private static long State(long offset, long verdict, ConsentReason reason = default) =>
        (((offset << ReasonBits) | (long)reason) << VerdictBits) | verdict;

    private static long[] Fill(int capacity)
    {
        var states = new long[System.Numerics.BitOperations.RoundUpToPowerOf2((uint)capacity)];
        Array.Fill(states, -1);
        return states;
    }
}

/// <summary>An event that came in lately.</summary>
/// <param name="Offset">Its place in the log.</param>
/// <param name="ReceivedAtMs">Our clock.</param>
/// <param name="Type">The call.</param>
/// <param name="Verdict">Null while the stages have not come to it.</param>
/// <param name="Reason">Why consent lets it into the profile, or keeps it out.</param>
internal readonly record struct LiveEvent(long Offset, long ReceivedAtMs, EventType Type, EventVerdict? Verdict, ConsentReason Reason);
