namespace Personalization.Features.Domain.Declared;

/// <summary>What a window slides over.</summary>
internal enum WindowKind : byte
{
    Lifetime,
    Sliding,
    Session,
}

/// <summary>
/// Which events count, in panes. Pane p of a sliding window holds the events with p * grain &lt;= t &lt; (p + 1) * grain, t counted from
/// 2015-01-01 UTC. At a time n the panes above floor(n / grain) - length / grain count: those that began less than the length before the
/// current pane's end. So an event at t leaves at the start of its pane plus the length: after at least length - grain and at most
/// length, never later. A window never counts what is older than it, and may miss what is in its last grain.
/// <para>A session's pane is its number; life time is one pane.</para>
/// </summary>
/// <param name="Kind">What it slides over.</param>
/// <param name="LengthMs">Of a sliding window, ms; a multiple of the grain.</param>
/// <param name="GrainMs">Ms; at least one second.</param>
internal readonly record struct FeatureWindow(WindowKind Kind, long LengthMs = 0, long GrainMs = 1_000)
{
    /// <summary>Sessions that are kept: the current one need not be the one with the highest number.</summary>
    private const int KeptSessions = 4;

    /// <summary>Most panes that a state may hold.</summary>
    public int MaxPanes => Kind switch
    {
        WindowKind.Sliding => (int)(LengthMs / GrainMs),
        WindowKind.Session => KeptSessions,
        _ => 1,
    };

    /// <summary>The pane of an event; -1 when it belongs to none.</summary>
    public long PaneOf(long timeMs, long session) => Kind switch
    {
        WindowKind.Sliding => EventTime.ToOffset(timeMs) / GrainMs,
        WindowKind.Session => session == 0 ? -1 : session,
        _ => 0,
    };

    /// <summary>
    /// Whether a state keeps a pane. Decided by the newest pane that it holds, not by a clock: so what is kept is a function of the events alone.
    /// </summary>
    /// <param name="pane">Which one.</param>
    /// <param name="newest">The newest pane of the state.</param>
    /// <param name="place">Newer panes in the state.</param>
    public bool Keeps(long pane, long newest, int place) =>
        Kind == WindowKind.Sliding ? pane > newest - MaxPanes : place < MaxPanes;

    /// <summary>Whether a pane counts.</summary>
    public bool Counts(long pane, in ReadTime at) => Kind switch
    {
        WindowKind.Sliding => pane > (EventTime.ToOffset(at.NowMs) / GrainMs) - MaxPanes,
        WindowKind.Session => pane == at.Session,
        _ => true,
    };

    /// <summary>When a pane that counts will not count any more, Unix ms.</summary>
    public long LeavesAtMs(long pane, in ReadTime at) => Kind switch
    {
        WindowKind.Sliding => EventTime.FromOffset((pane + MaxPanes) * GrainMs),
        WindowKind.Session => at.SessionEndsAtMs,
        _ => long.MaxValue,
    };
}

/// <summary>When a value is read.</summary>
/// <param name="NowMs">Unix ms.</param>
/// <param name="Session">Number of the profile's current session; 0 when it has none, or that is over.</param>
/// <param name="SessionEndsAtMs">When it is over unless something happens.</param>
internal readonly record struct ReadTime(long NowMs, long Session = 0, long SessionEndsAtMs = long.MaxValue);

/// <summary>What one event, or one of its lines, says to a feature.</summary>
internal readonly ref struct Observation
{
    /// <summary>Event time, Unix ms.</summary>
    public long TimeMs { get; init; }

    /// <summary>Place in the log.</summary>
    public long Offset { get; init; }

    /// <summary>Place of the line in the event.</summary>
    public int Line { get; init; }

    /// <summary>Number of the session that the event belongs to; 0 for none.</summary>
    public long Session { get; init; }

    /// <summary>The amount, in millionths.</summary>
    public long Millionths { get; init; }

    /// <summary>Of a decayed sum: what the amount counts in its pane, from 1 to below 2.</summary>
    public double Weight { get; init; }

    /// <summary>The value, encoded (<see cref="EncodedValue"/>); empty for an aggregate that has none.</summary>
    public ReadOnlySpan<byte> Value { get; init; }
}
