namespace Personalization.Features.Contracts;

/// <summary>
/// What people did lately, for those who look back: measurements, reports. Kept are a person's latest events within the bounds of section
/// <c>Features:History</c>, of those who may be profiled. Memory only; any thread; reading waits for nobody.
/// </summary>
public interface IPastEvents
{
    /// <summary>Profiles are 0 to this - 1; some of them may have no events.</summary>
    int ProfileCount { get; }

    /// <summary>The number of an event's name, whichever alias of it; -1 when no such event ever came.</summary>
    int FindEvent(ReadOnlySpan<char> name);

    /// <summary>The number of a kept property, such as <c>currency</c> or <c>context.device.type</c>; -1 when it is not kept.</summary>
    int FindProperty(ReadOnlySpan<char> path);

    /// <summary>A view for one reader, which it reuses. Not thread-safe.</summary>
    IPastEventsOf CreateReader();
}

/// <summary>The past events of one profile at a time.</summary>
public interface IPastEventsOf
{
    /// <summary>Looks at a profile. False, with nothing in it, when it has no events.</summary>
    bool TryRead(int profileId);

    /// <summary>By time, then by place in the log, oldest first; valid until the next <see cref="TryRead"/>.</summary>
    ReadOnlySpan<PastEvent> Events { get; }

    /// <summary>Unix ms up to which events may be missing because a profile keeps only so many; <see cref="long.MinValue"/> for none.</summary>
    long IncompleteUntilMs { get; }

    /// <summary>UTF-8 of a text property of an event; empty when it has none, or one that is no text.</summary>
    ReadOnlySpan<byte> TextOf(int index, int property);

    /// <summary>A property that is a number; NaN when the event has none.</summary>
    double NumberOf(int index, int property);
}

/// <summary>One event of the past.</summary>
/// <param name="Event">Number of its name.</param>
/// <param name="TimeMs">Event time, Unix ms.</param>
/// <param name="Revenue">Order total or revenue in the event's currency; NaN when absent.</param>
/// <param name="Session">Number of its session; 0 for none.</param>
public readonly record struct PastEvent(int Event, long TimeMs, double Revenue, long Session);
