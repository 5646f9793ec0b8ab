namespace Personalization.Decisioning.Domain;

internal sealed partial class SessionIndex
{
    /// <summary>Copies the newest items of a kept session, oldest first, and returns how many; safe on any thread.</summary>
    public int CopyNewest(uint serial, Span<int> items)
    {
        var state = _state;
        var slot = serial & (uint)(state.Spans.Length - 1);
        if (serial == 0 || state.Owners[slot].Serial != serial)
        {
            return 0;
        }

        var span = new SessionSpan(Volatile.Read(ref state.Spans[slot]));
        var count = Math.Min(span.Count, items.Length);
        state.Items.AsSpan(span.Start + span.Count - count, count).CopyTo(items);
        return count;
    }

    /// <summary>
    /// The same for a profile's session, when it is kept and has learnt everything up to a time; else 0. Looked up again after the copy,
    /// so that no shopper is ever answered with the session of another whose slot it was a moment later.
    /// </summary>
    public int CopyNewest(int profile, long number, long upToMs, Span<int> items)
    {
        var serial = Find(profile, number);
        var owners = _state.Owners;
        if (serial == 0 || owners[serial & (uint)(owners.Length - 1)].LastMs < upToMs)
        {
            return 0;
        }

        var count = CopyNewest(serial, items);
        return Find(profile, number) == serial ? count : 0;
    }
}
