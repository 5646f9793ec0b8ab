namespace Personalization.Decisioning.Domain;

// Profiles are made anew: their events are learnt into an index of their own, and its sessions then take the places that the profiles'
// sessions had. So a session keeps its serial, and with it its age among everybody's sessions: learnt at the newest end, the past of one
// shopper would push others out of the ring.
internal sealed partial class SessionIndex
{
    private IReadOnlySet<int> _rebuilt = new HashSet<int>();
    private SessionIndex? _scratch;

    /// <summary>Where events are learnt: here, except between begin and end of a rebuild.</summary>
    public SessionIndex Learning => _scratch ?? this;

    /// <summary>From now on <see cref="Learning"/> is empty. What is known is read until <see cref="EndRebuild"/>. The pipeline is at rest.</summary>
    public void BeginRebuild(IReadOnlySet<int> profiles)
    {
        _rebuilt = profiles;
        _scratch = new SessionIndex(_maxSessions, 1, _maxItems);
    }

    /// <summary>Puts the sessions that were learnt into the places of the profiles' former ones.</summary>
    public void EndRebuild()
    {
        if (_scratch is not { } scratch)
        {
            return;
        }

        _scratch = null;
        lock (_writing)
        {
            var places = SessionsOf(_rebuilt);
            var learnt = WithoutForgotten(scratch.SessionsOf(_rebuilt).ConvertAll(scratch.Copy), places.Count);
            var settled = Settle(learnt, places);

            // A new place may have been an old one of theirs.
            settled.RemoveAll(serial => OwnerOf(serial).Serial != serial);
            settled.Sort(OldestFirst);
            foreach (var profile in _rebuilt)
            {
                _newestOfProfile.Ensure(profile) = 0;
            }

            foreach (var serial in settled)
            {
                ref var owner = ref OwnerOf(serial);
                ref var newest = ref _newestOfProfile[owner.Profile];
                owner.Previous = newest;
                newest = serial;
            }
        }
    }

    private ref SessionOwner OwnerOf(uint serial)
    {
        var owners = _state.Owners;
        return ref owners[serial & (uint)(owners.Length - 1)];
    }

    private int OldestFirst(uint a, uint b) => (_newest - b).CompareTo(_newest - a);

    /// <summary>Serials of the profiles' sessions that are kept, oldest first.</summary>
    private List<uint> SessionsOf(IReadOnlySet<int> profiles)
    {
        var serials = new List<uint>();
        foreach (var profile in profiles)
        {
            for (var serial = Kept(NewestOf(profile), profile); serial != 0; serial = Kept(OwnerOf(serial).Previous, profile))
            {
                serials.Add(serial);
            }
        }

        serials.Sort(OldestFirst);
        return serials;
    }

    private RebuiltSession Copy(uint serial)
    {
        var owner = OwnerOf(serial);
        return new RebuiltSession(owner.Profile, owner.Number, owner.LastMs, ItemsOf(serial));
    }

    private int[] ItemsOf(uint serial)
    {
        var span = new SessionSpan(_state.Spans[serial & (uint)(_state.Spans.Length - 1)]);
        return _state.Items.AsSpan(span.Start, span.Count).ToArray();
    }

    /// <summary>
    /// Of the sessions that were learnt anew (oldest first) those that the ring would still hold: as many as it held at least, and all from
    /// the first on that began after the oldest session that it holds of anybody.
    /// </summary>
    private List<RebuiltSession> WithoutForgotten(List<RebuiltSession> learnt, int places)
    {
        var oldest = OldestNumber();
        var first = learnt.FindIndex(session => session.Number >= oldest);
        return learnt[Math.Min(first < 0 ? learnt.Count : first, Math.Max(0, learnt.Count - places))..];
    }

    /// <summary>Number of the oldest session that is kept, which is where it began; the least of all while none has been forgotten.</summary>
    private long OldestNumber()
    {
        var slots = _state.Spans.Length;
        for (var back = slots - 1; slots == _maxSessions && _newest >= slots && back >= 0; back--)
        {
            var serial = _newest - (uint)back;
            ref var owner = ref OwnerOf(serial);
            if (owner.Serial == serial && owner.Profile >= 0 && owner.Number > 0)
            {
                return owner.Number;
            }
        }

        return long.MinValue;
    }

    /// <summary>
    /// Gives the sessions (oldest first) their places in order, so that a shopper's sessions follow each other as they began: what was there,
    /// then new ones. Places that nobody takes are emptied, the oldest first. Returns the serials.
    /// </summary>
    private List<uint> Settle(List<RebuiltSession> learnt, List<uint> places)
    {
        var spare = Math.Max(0, places.Count - learnt.Count);
        places.GetRange(0, spare).ForEach(place => Put(place, RebuiltSession.None));
        var settled = new List<uint>(learnt.Count);
        for (var i = 0; i < learnt.Count; i++)
        {
            var place = spare + i < places.Count ? places[spare + i] : Begin(learnt[i].Profile, learnt[i].Number);
            Put(place, learnt[i]);
            settled.Add(place);
        }

        return settled;
    }

    private void Put(uint serial, RebuiltSession session)
    {
        ref var owner = ref OwnerOf(serial);
        var before = ItemsOf(serial);
        (owner.Profile, owner.Number, owner.LastMs, owner.Previous) = (session.Profile, session.Number, session.LastMs, 0);
        MarkDirty(ref owner);
        if (before.AsSpan().SequenceEqual(session.Items))
        {
            return;
        }

        var slot = serial & (uint)(_state.Spans.Length - 1);
        Forget(_state, slot);
        var span = default(SessionSpan);
        foreach (var item in session.Items)
        {
            EnsureItem(item);
            span = WithItem(span, item);
        }

        Volatile.Write(ref _state.Spans[slot], span.Word);
        foreach (var item in before.Except(session.Items))
        {
            RemoveFromRing(item, serial);
        }

        foreach (var item in session.Items.Except(before))
        {
            AddToRing(item, serial, session.LastMs);
        }
    }

    /// <summary>The item remembers the session no more; those that came after move up.</summary>
    private void RemoveFromRing(int item, uint serial)
    {
        if (_state.Rings[item] is not { } ring)
        {
            return;
        }

        var (arrival, mask) = (_state.Arrivals[item], (uint)(ring.Length - 1));
        var kept = Math.Min(arrival, (uint)ring.Length);
        for (uint back = 1; back <= kept; back++)
        {
            if (ring[(arrival - back) & mask] != serial)
            {
                continue;
            }

            for (var i = back; i > 1; i--)
            {
                ring[(arrival - i) & mask] = ring[(arrival - i + 1) & mask];
            }

            // In a full ring this is the place of one that was pushed out; nobody is there any more.
            ring[(arrival - 1) & mask] = 0;
            Volatile.Write(ref _state.Arrivals[item], arrival - 1);
            _state.LogArrivals[item] = arrival == 1 ? 0 : MathF.Log2(arrival - 1);
            MarkDirty(item);
            return;
        }
    }

    /// <summary>A session as it was learnt anew.</summary>
    private sealed record RebuiltSession(int Profile, long Number, long LastMs, int[] Items)
    {
        /// <summary>As an erasure leaves a place.</summary>
        public static readonly RebuiltSession None = new(-1, 0, 0, []);
    }
}
