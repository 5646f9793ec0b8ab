namespace Personalization.Decisioning.Domain;

internal sealed partial class SessionIndex
{
    /// <summary>The sessions that are kept of a profile, newest first: serial and event time of the last click.</summary>
    public IReadOnlyList<(uint Serial, long LastMs)> SessionsOf(int profile)
    {
        lock (_writing)
        {
            var sessions = new List<(uint Serial, long LastMs)>();
            var owners = _state.Owners;
            for (var serial = Kept(NewestOf(profile), profile); serial != 0;)
            {
                var owner = owners[serial & (uint)(owners.Length - 1)];
                sessions.Add((serial, owner.LastMs));
                serial = Kept(owner.Previous, profile);
            }

            return sessions;
        }
    }

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
}
