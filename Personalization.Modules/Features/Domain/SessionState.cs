using System.Runtime.InteropServices;
using Personalization.Features.Contracts;

namespace Personalization.Features.Domain;

/// <summary>
/// The profile's current session, in event time. A client that numbers its sessions is believed: another key begins another
/// session, the same key goes on however long it takes. Without a key a session ends by inactivity.
/// </summary>
[StructLayout(LayoutKind.Sequential, Pack = 4)]
internal struct SessionState
{
    public long Key;
    public long StartMs;
    public long LastMs;

    /// <summary>1 for the profile's first session, and so on; 0 before it.</summary>
    public int Number;

    public int Events;

    /// <summary>
    /// Takes an event in. Returns the number of the session that it belongs to, or 0 for a late event of an earlier session:
    /// that one neither ends nor extends the current session.
    /// </summary>
    public long Observe(long key, long timestampMs, long gapMs, ref ProfileCounters counters)
    {
        if (Number > 0 && IsCurrent(key, timestampMs, gapMs))
        {
            Key = key != 0 ? key : Key;
            StartMs = Math.Min(StartMs, timestampMs);
            LastMs = Math.Max(LastMs, timestampMs);
            Events++;
            return Number;
        }

        if (Number > 0 && timestampMs < LastMs)
        {
            return 0;
        }

        Key = key;
        StartMs = LastMs = timestampMs;
        Events = 1;
        Number = ++counters.Sessions;
        return Number;
    }

    /// <summary>The session with the newer last event goes on; its number is one that neither profile has used.</summary>
    public readonly SessionState Merge(SessionState other, int sessions)
    {
        var newer = other.LastMs > LastMs ? other : this;
        newer.Number = newer.Number > 0 ? Math.Max(newer.Number, sessions) : 0;
        return newer;
    }

    private readonly bool IsCurrent(long key, long timestampMs, long gapMs) =>
        key != 0 && Key != 0
            ? key == Key
            : timestampMs <= LastMs + gapMs && timestampMs >= StartMs - gapMs;
}
