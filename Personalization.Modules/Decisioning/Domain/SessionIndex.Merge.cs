namespace Personalization.Decisioning.Domain;

// Two profiles become one: the sessions of one go on under the other.
internal sealed partial class SessionIndex
{
    private const long ClosedNumber = long.MinValue;
    private const long SessionGapMs = 30 * 60 * 1000;

    /// <summary>Gives the sessions of one profile to another. Readers may see either state meanwhile.</summary>
    public void Merge(int fromProfile, int intoProfile)
    {
        lock (_writing)
        {
            var from = NewestOf(fromProfile);
            if (from == 0)
            {
                return;
            }

            ref var into = ref _newestOfProfile.Ensure(intoProfile);
            _newestOfProfile[fromProfile] = 0;
            into = Interleave(from, into, fromProfile, intoProfile);
        }
    }

    /// <summary>
    /// A merge leaves open which number the going session gets in its new profile; the next click tells. So a click of an
    /// unknown session, soon after the newest session that came in by a merge, goes on with that one.
    /// </summary>
    private uint Adopt(int profile, long number, long timestampMs)
    {
        var serial = NewestOf(profile);
        if (serial == 0)
        {
            return 0;
        }

        var owners = _state.Owners;
        ref var owner = ref owners[serial & (uint)(owners.Length - 1)];
        if (owner.Serial != serial || owner.Number != ClosedNumber || Math.Abs(timestampMs - owner.LastMs) > SessionGapMs)
        {
            return 0;
        }

        owner.Number = number;
        return serial;
    }

    /// <summary>Both chains run from newest to oldest; so does the merged one. Numbers of the former profile mean nothing any more.</summary>
    private uint Interleave(uint from, uint into, int fromProfile, int intoProfile)
    {
        var owners = _state.Owners;
        uint head = 0, tail = 0;
        while (true)
        {
            from = Kept(from, fromProfile);
            into = Kept(into, intoProfile);
            if (from == 0 && into == 0)
            {
                return head;
            }

            var isFrom = into == 0 || (from != 0 && from > into);
            var next = isFrom ? from : into;
            ref var owner = ref owners[next & (uint)(owners.Length - 1)];
            if (isFrom)
            {
                from = owner.Previous;
                owner.Profile = intoProfile;
                owner.Number = ClosedNumber;
                MarkDirty(ref owner);
            }
            else
            {
                into = owner.Previous;
            }

            owner.Previous = 0;
            if (tail == 0)
            {
                head = next;
            }
            else
            {
                owners[tail & (uint)(owners.Length - 1)].Previous = next;
            }

            tail = next;
        }
    }

    private uint Kept(uint serial, int profile)
    {
        var owners = _state.Owners;
        ref var owner = ref owners[serial & (uint)(owners.Length - 1)];
        return serial != 0 && owner.Serial == serial && owner.Profile == profile ? serial : 0;
    }
}
