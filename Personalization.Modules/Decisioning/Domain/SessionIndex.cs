using System.Numerics;
using System.Runtime.CompilerServices;
using Personalization.Kernel.Collections;

namespace Personalization.Decisioning.Domain;

/// <summary>
/// All recent sessions of the shop, learnt click by click, laid out for the neighbour search (<see cref="SessionNeighbours"/>).
/// Sessions get serial numbers in order of their first event and live in a ring of slots, so the oldest make room for the newest;
/// an item remembers the sessions that it came into last. Everything is dense numbers in flat arrays.
/// Writers exclude each other with a short lock. Readers take none: they may see a click a moment late, or, when a slot is
/// reused under their eyes, one wrong neighbour among hundreds; every index they form is masked or checked.
/// </summary>
internal sealed partial class SessionIndex
{
    private readonly Lock _writing = new();
    private readonly SessionBlocks _blocks = new();
    private readonly ChunkedArray<uint> _newestOfProfile = new();
    private readonly int _maxSessions;
    private readonly int _maxRing;
    private readonly int _maxItems;
    private volatile SessionIndexState _state;
    private uint _newest;
    private long _learnt;

    /// <param name="maxSessions">Sessions kept; rounded up to a power of two.</param>
    /// <param name="sessionsPerItem">Sessions that an item remembers; rounded up to a power of two.</param>
    /// <param name="maxItems">Items with a higher number are not learnt.</param>
    public SessionIndex(int maxSessions, int sessionsPerItem, int maxItems)
    {
        _maxSessions = (int)BitOperations.RoundUpToPowerOf2((uint)maxSessions);
        _maxRing = (int)BitOperations.RoundUpToPowerOf2((uint)sessionsPerItem);
        _maxItems = maxItems;
        var slots = Math.Min(1024, _maxSessions);
        _state = new SessionIndexState
        {
            Rings = new uint[]?[1024],
            Arrivals = new uint[1024],
            LogArrivals = new float[1024],
            Spans = new long[slots],
            Owners = new SessionOwner[slots],
            Items = _blocks.Items,
        };
    }

    public SessionIndexState State => _state;

    /// <summary>Serial of the newest session; 0 when there is none. Also the number of sessions ever learnt.</summary>
    public uint Newest => Volatile.Read(ref _newest);

    /// <summary>Clicks ever learnt.</summary>
    public long Learnt => Volatile.Read(ref _learnt);

    /// <summary>Adds a click to a session of a profile, which begins when it is not known.</summary>
    /// <param name="profile">Whose session it is.</param>
    /// <param name="number">The session's number within its profile.</param>
    /// <param name="item">Dense item number.</param>
    /// <param name="timestampMs">Event time.</param>
    /// <param name="isHistorical">Whether it was imported: then the session takes its place by its time, not by its arrival.</param>
    public void Learn(int profile, long number, int item, long timestampMs, bool isHistorical = false)
    {
        if ((uint)item >= (uint)_maxItems)
        {
            return;
        }

        lock (_writing)
        {
            EnsureItem(item);
            var serial = FindOwn(profile, number);
            if (serial == 0)
            {
                serial = Adopt(profile, number, timestampMs);
            }

            if (serial == 0)
            {
                if (isHistorical && IsFullOfNewer(timestampMs))
                {
                    return;
                }

                serial = Begin(profile, number);
            }

            Append(serial, item, timestampMs, isHistorical);
            Volatile.Write(ref _learnt, _learnt + 1);
        }
    }

    /// <summary>The serial of a profile's session, or 0 when it is not kept. Safe on any thread.</summary>
    public uint Find(int profile, long number) => number == 0 ? 0 : FindOwn(profile, number);

    /// <summary>Whether a session is still kept, judged by its serial alone: no memory is read.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static bool IsKept(uint serial, uint newest, int slots) => newest - serial < (uint)slots && serial != 0;

    private uint FindOwn(int profile, long number)
    {
        var owners = _state.Owners;
        // A profile rarely returns to a session that is not among its newest; the bound keeps a hostile client's cost small.
        var serial = NewestOf(profile);
        for (var i = 0; i < 16 && serial != 0; i++)
        {
            ref var owner = ref owners[serial & (uint)(owners.Length - 1)];
            if (owner.Serial != serial || owner.Profile != profile)
            {
                return 0;
            }

            if (owner.Number == number)
            {
                return serial;
            }

            serial = owner.Previous;
        }

        return 0;
    }

    private uint NewestOf(int profile) => (uint)profile < (uint)_newestOfProfile.Capacity ? _newestOfProfile[profile] : 0;

    private uint Begin(int profile, long number)
    {
        var serial = _newest + 1 == 0 ? 1 : _newest + 1;
        var state = _state;
        if (serial >= state.Spans.Length && state.Spans.Length < _maxSessions)
        {
            state = GrowSlots();
        }

        var slot = serial & (uint)(state.Spans.Length - 1);
        Forget(state, slot);
        ref var owner = ref state.Owners[slot];
        ref var newest = ref _newestOfProfile.Ensure(profile);
        owner = new SessionOwner { Serial = serial, Profile = profile, Number = number, Previous = newest, LastMs = long.MinValue };
        newest = serial;
        Volatile.Write(ref _newest, serial);
        return serial;
    }

    private void Forget(SessionIndexState state, uint slot)
    {
        var span = new SessionSpan(state.Spans[slot]);
        if (span.Word != 0)
        {
            Volatile.Write(ref state.Spans[slot], 0);
            _blocks.Give(span.Start, span.Bits);
        }
    }

    private void Append(uint serial, int item, long timestampMs, bool isHistorical)
    {
        var state = _state;
        var slot = serial & (uint)(state.Spans.Length - 1);
        ref var owner = ref state.Owners[slot];
        var isLate = timestampMs < owner.LastMs;
        owner.LastMs = Math.Max(owner.LastMs, timestampMs);
        MarkDirty(ref owner);

        var span = new SessionSpan(state.Spans[slot]);
        var isNewInSession = !state.Items.AsSpan(span.Start, span.Count).Contains(item);
        span = WithItem(span, item);
        if (isLate)
        {
            PutBeforeLast(span);
        }

        Volatile.Write(ref state.Spans[slot], span.Word);
        if (isNewInSession)
        {
            AddToRing(item, serial, isHistorical ? timestampMs : long.MaxValue);
        }
    }

    /// <summary>A click that comes late is not the one that the shopper made last: that one stays at the end.</summary>
    private void PutBeforeLast(SessionSpan span)
    {
        if (span.Count > 1)
        {
            var last = _blocks.Items.AsSpan(span.Start + span.Count - 2, 2);
            (last[0], last[1]) = (last[1], last[0]);
        }
    }

    private SessionSpan WithItem(SessionSpan span, int item)
    {
        if (span.Count == SessionBlocks.Largest)
        {
            var full = _blocks.Items.AsSpan(span.Start, SessionBlocks.Largest);
            full[1..].CopyTo(full);
            full[^1] = item;
            return span;
        }

        if (span.Word == 0 || span.Count == 1 << span.Bits)
        {
            var bits = span.Word == 0 ? SessionBlocks.SmallestBits : span.Bits + 1;
            var start = _blocks.Take(bits);
            _blocks.Items.AsSpan(span.Start, span.Count).CopyTo(_blocks.Items.AsSpan(start));
            if (span.Word != 0)
            {
                _blocks.Give(span.Start, span.Bits);
            }

            span = new SessionSpan(start, bits, span.Count);
            if (_state.Items != _blocks.Items)
            {
                _state = _state with { Items = _blocks.Items };
            }
        }

        _blocks.Items[span.Start + span.Count] = item;
        return new SessionSpan(span.Start, span.Bits, span.Count + 1);
    }

    private void AddToRing(int item, uint serial, long timestampMs)
    {
        var state = _state;
        var arrival = state.Arrivals[item];
        var ring = state.Rings[item];
        if (ring is null || (arrival >= ring.Length && ring.Length < _maxRing))
        {
            ring = GrowRing(ring, arrival);
            state.Rings[item] = ring;
        }

        var newer = CountNewer(state, ring, arrival, timestampMs);
        if (newer == ring.Length)
        {
            return; // Older than all that the item remembers.
        }

        var mask = (uint)(ring.Length - 1);
        for (uint i = 0; i < newer; i++)
        {
            ring[(arrival - i) & mask] = ring[(arrival - i - 1) & mask];
        }

        ring[(arrival - newer) & mask] = serial;
        Volatile.Write(ref state.Arrivals[item], arrival + 1);
        state.LogArrivals[item] = MathF.Log2(arrival + 1);
        MarkDirty(item);
    }

    private uint[] GrowRing(uint[]? ring, uint arrival)
    {
        var grown = new uint[ring is null ? Math.Min(4, _maxRing) : ring.Length * 2];
        for (uint i = 0; ring is not null && i < ring.Length; i++)
        {
            var n = arrival - 1 - i;
            grown[n & (uint)(grown.Length - 1)] = ring[n & (uint)(ring.Length - 1)];
        }

        return grown;
    }

    private SessionIndexState GrowSlots()
    {
        var old = _state;
        var spans = new long[old.Spans.Length * 2];
        var owners = new SessionOwner[spans.Length];
        for (var i = 0; i < old.Spans.Length; i++)
        {
            var slot = old.Owners[i].Serial & (uint)(spans.Length - 1);
            spans[slot] = old.Spans[i];
            owners[slot] = old.Owners[i];
        }

        return _state = old with { Spans = spans, Owners = owners };
    }

    private void EnsureItem(int item)
    {
        var state = _state;
        if (item < state.Rings.Length)
        {
            return;
        }

        var length = (int)BitOperations.RoundUpToPowerOf2((uint)item + 1);
        var (rings, arrivals, logs) = (state.Rings, state.Arrivals, state.LogArrivals);
        Array.Resize(ref rings, length);
        Array.Resize(ref arrivals, length);
        Array.Resize(ref logs, length);
        _state = state with { Rings = rings, Arrivals = arrivals, LogArrivals = logs };
    }
}
