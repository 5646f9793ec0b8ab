namespace Personalization.Decisioning.Domain;

internal sealed partial class SessionIndex
{
    /// <summary>
    /// Forgets the sessions of a profile and returns how many there were. Their rows go with the next checkpoint. What items
    /// still remember is the bare serial of an empty session.
    /// </summary>
    public int Erase(int profile)
    {
        lock (_writing)
        {
            var erased = 0;
            var state = _state;
            for (var serial = Kept(NewestOf(profile), profile); serial != 0; erased++)
            {
                var slot = serial & (uint)(state.Owners.Length - 1);
                ref var owner = ref state.Owners[slot];
                serial = Kept(owner.Previous, profile);
                Forget(state, slot);
                owner.Profile = -1;
                owner.Number = owner.LastMs = 0;
                owner.Previous = 0;
                MarkDirty(ref owner);
            }

            if (erased > 0)
            {
                _newestOfProfile[profile] = 0;
            }

            return erased;
        }
    }

    /// <summary>Copies the newest items of a kept session, oldest first, and returns how many; for learning what goes together.</summary>
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
}
