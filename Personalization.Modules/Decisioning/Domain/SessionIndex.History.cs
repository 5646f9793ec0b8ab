namespace Personalization.Decisioning.Domain;

// Sessions of an import: they come last and are older than what is there, and must not pass for the newest.
internal sealed partial class SessionIndex
{
    /// <summary>Whether a new session would take the place of one that is newer than itself.</summary>
    private bool IsFullOfNewer(long timestampMs)
    {
        var state = _state;
        var serial = _newest + 1;
        return state.Spans.Length == _maxSessions && serial >= state.Spans.Length &&
            LastMsOf(state, state.Owners[serial & (uint)(state.Spans.Length - 1)].Serial) > timestampMs;
    }

    /// <summary>
    /// How many of the sessions at the newest end of an item's ring are newer than a time. A ring stands in the order of time, nearly:
    /// live sessions come in it as they happen, and those of an import are put where they belong.
    /// </summary>
    private static uint CountNewer(SessionIndexState state, uint[] ring, uint arrival, long timestampMs)
    {
        var kept = Math.Min(arrival, (uint)ring.Length);
        if (timestampMs == long.MaxValue || kept == 0)
        {
            return 0;
        }

        var mask = (uint)(ring.Length - 1);
        var (least, most) = (0u, kept);
        while (least < most)
        {
            var middle = (least + most) / 2;
            if (LastMsOf(state, ring[(arrival - 1 - middle) & mask]) > timestampMs)
            {
                least = middle + 1;
            }
            else
            {
                most = middle;
            }
        }

        return least;
    }

    /// <summary>When a session last had a click; long ago for one that is not kept any more.</summary>
    private static long LastMsOf(SessionIndexState state, uint serial)
    {
        ref var owner = ref state.Owners[serial & (uint)(state.Owners.Length - 1)];
        return owner.Serial == serial ? owner.LastMs : long.MinValue;
    }
}
