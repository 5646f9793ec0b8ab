namespace Personalization.Features.Domain;

/// <summary>One session of a profile, in event time. 40 bytes.</summary>
internal struct Session
{
    /// <summary>Offset of the event that began it, plus 1: unique in the log, the same in every replay. 0 when there is no session.</summary>
    public long Number;

    /// <summary>Unix ms.</summary>
    public long StartMs;
    public long LastMs;

    /// <summary>32 bits of the hash of the client's own session id; 0 when the client has none.</summary>
    public uint Key;

    /// <summary>At most 65,535: more is a machine.</summary>
    public ushort Events;

    /// <summary>16 bits of a hash of the campaign that brought the shopper; 0 when none did. Two campaigns in 65,000 look like one.</summary>
    public ushort Campaign;

    /// <summary>
    /// Number that the event at <see cref="LastMs"/> would have begun a session with: of two sessions that end in the same ms, whose event came in last. So
    /// it does not matter which of two profiles is joined to the other.
    /// </summary>
    public long LastNumber;

    public static Session Begin(uint key, ushort campaign, long timestampMs, long number) =>
        new() { Number = number, StartMs = timestampMs, LastMs = timestampMs, Key = key, Events = 1, Campaign = campaign, LastNumber = number };

    /// <summary>Whether its last event is later than that of the other; of events in the same ms, whichever came in later.</summary>
    public readonly bool EndsAfter(ref readonly Session other) => EndsAfter(other.LastMs, other.LastNumber);

    public readonly bool HasKey(uint key) => Number != 0 && key != 0 && Key == key;

    /// <summary>Whether an event without a key, or the first one with a key, belongs here by its time and campaign.</summary>
    public readonly bool IsNear(uint key, ushort campaign, long timestampMs, long gapMs) =>
        Number != 0 && (key == 0 || Key == 0) && (campaign == 0 || Campaign == campaign)
        && timestampMs >= StartMs - gapMs && timestampMs <= LastMs + gapMs;

    /// <param name="key">32 bits of the client's own session, or 0.</param>
    /// <param name="timestampMs">Event time, Unix ms.</param>
    /// <param name="number">The number that a session would have that began with this event.</param>
    public void Extend(uint key, long timestampMs, long number)
    {
        Key = key != 0 ? key : Key;
        StartMs = Math.Min(StartMs, timestampMs);
        if (!EndsAfter(timestampMs, number))
        {
            (LastMs, LastNumber) = (timestampMs, number);
        }

        Events = (ushort)Math.Min(Events + 1, ushort.MaxValue);
    }

    private readonly bool EndsAfter(long timestampMs, long number) => LastMs > timestampMs || (LastMs == timestampMs && LastNumber > number);
}

/// <summary>
/// The profile's current session and the one before it. A client that names its sessions is believed: another name is another
/// session, the same name goes on however long it takes, and two that take turns (two devices) stay two. Without a name
/// a session ends by inactivity in event time; an event without a name joins a named session that is near in time.
/// <para>
/// Without a name a campaign that is another one begins another session as well, as in web analytics: whoever comes back through a newsletter
/// makes a second visit, however soon. An event without a campaign goes on with what there is.
/// </para>
/// <para>
/// A late event belongs where its time or name puts it: to the current session, to the one before, or to a session of its own
/// between them, which then is the one before. Older than that, it belongs to none (number 0), for nothing is known of
/// sessions so long ago. In no case does it end or extend the current session. Two sessions that a late event would join stay two.
/// </para>
/// <para>
/// An import brings whole sessions from before both: they follow each other in a place of their own, the way they once did live.
/// </para>
/// </summary>
internal struct SessionTrack
{
    public Session Current;
    public Session Previous;

    /// <summary>The session that an import is in, older than both.</summary>
    public Session Past;

    /// <summary>Takes an event in and returns the number of the session that it belongs to, or 0.</summary>
    /// <param name="key">32 bits of the client's own session, or 0.</param>
    /// <param name="campaign">16 bits of the campaign that the event came through, or 0.</param>
    /// <param name="timestampMs">Event time, Unix ms.</param>
    /// <param name="newNumber">The number if a session begins: of events in the same ms the one that came in later has the higher.</param>
    /// <param name="gapMs">Inactivity that ends a session.</param>
    /// <param name="isHistorical">Whether it was imported.</param>
    /// <param name="sessions">Counts sessions that begin.</param>
    public long Observe(uint key, ushort campaign, long timestampMs, long newNumber, long gapMs, bool isHistorical, ref int sessions)
    {
        if (Current.HasKey(key) || (!Previous.HasKey(key) && Current.IsNear(key, campaign, timestampMs, gapMs)))
        {
            Current.Extend(key, timestampMs, newNumber);
            return Current.Number;
        }

        if (Previous.HasKey(key) || Previous.IsNear(key, campaign, timestampMs, gapMs))
        {
            Previous.Extend(key, timestampMs, newNumber);
            var number = Previous.Number;
            PutNewestFirst();
            return number;
        }

        if (Previous.Number != 0 && timestampMs < Previous.LastMs)
        {
            return isHistorical ? ObservePast(key, campaign, timestampMs, newNumber, gapMs, ref sessions) : 0;
        }

        sessions++;
        var begun = Session.Begin(key, campaign, timestampMs, newNumber);
        Remember(in begun);
        return newNumber;
    }

    /// <summary>Number of the session that holds an event which was taken in before; 0 when no session that is known still does.</summary>
    /// <param name="key">As it was taken in with.</param>
    /// <param name="campaign">As it was taken in with.</param>
    /// <param name="timestampMs">Event time, Unix ms.</param>
    /// <param name="isHistorical">Whether it was imported.</param>
    public readonly long Find(uint key, ushort campaign, long timestampMs, bool isHistorical)
    {
        if (Current.HasKey(key) || (!Previous.HasKey(key) && Current.IsNear(key, campaign, timestampMs, gapMs: 0)))
        {
            return Current.Number;
        }

        return Previous.HasKey(key) || Previous.IsNear(key, campaign, timestampMs, gapMs: 0) ? Previous.Number
            : isHistorical && (Past.HasKey(key) || Past.IsNear(key, campaign, timestampMs, gapMs: 0)) ? Past.Number
            : 0;
    }

    private long ObservePast(uint key, ushort campaign, long timestampMs, long newNumber, long gapMs, ref int sessions)
    {
        if (Past.HasKey(key) || Past.IsNear(key, campaign, timestampMs, gapMs))
        {
            Past.Extend(key, timestampMs, newNumber);
        }
        else
        {
            sessions++;
            Past = Session.Begin(key, campaign, timestampMs, newNumber);
        }

        return Past.Number;
    }

    /// <summary>
    /// Takes over the sessions of another profile: the two newest of both are kept, a session that both know by its key becomes
    /// one. Returns how many became one.
    /// </summary>
    public int Merge(ref readonly SessionTrack other) => Merge(in other.Previous) + Merge(in other.Current);

    private int Merge(ref readonly Session other)
    {
        if (Current.HasKey(other.Key))
        {
            Join(ref Current, in other);
            return 1;
        }

        if (Previous.HasKey(other.Key))
        {
            Join(ref Previous, in other);
            PutNewestFirst();
            return 1;
        }

        Remember(in other);
        return 0;
    }

    private static void Join(ref Session session, ref readonly Session other)
    {
        if (other.EndsAfter(in session))
        {
            (session.Number, session.LastMs, session.LastNumber) = (other.Number, other.LastMs, other.LastNumber);
        }

        session.StartMs = Math.Min(session.StartMs, other.StartMs);
        session.Events = (ushort)Math.Min(session.Events + other.Events, ushort.MaxValue);
        session.Campaign = session.Campaign != 0 ? session.Campaign : other.Campaign;
    }

    private void Remember(ref readonly Session session)
    {
        if (session.Number == 0)
        {
            return;
        }

        if (session.EndsAfter(in Current))
        {
            Previous = Current;
            Current = session;
        }
        else if (session.EndsAfter(in Previous))
        {
            Previous = session;
        }
    }

    private void PutNewestFirst()
    {
        if (Previous.EndsAfter(in Current))
        {
            (Current, Previous) = (Previous, Current);
        }
    }
}
