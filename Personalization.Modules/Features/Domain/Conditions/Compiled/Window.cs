using Personalization.Features.Domain.History;

namespace Personalization.Features.Domain.Conditions.Compiled;

/// <summary>When events count, for one profile at one time.</summary>
/// <param name="FromMs">Earlier ones do not.</param>
/// <param name="UntilMs">Nor do these and later ones.</param>
/// <param name="Session">Only those of this session; 0 for any.</param>
/// <param name="IsEmpty">None does: there is no current session.</param>
internal readonly record struct Bounds(long FromMs, long UntilMs, long Session, bool IsEmpty)
{
    public bool Includes(ref readonly Fact fact) =>
        fact.TimeMs < UntilMs && fact.TimeMs >= FromMs && (Session == 0 || fact.Session == Session);
}

/// <summary>A window of a definition. Immutable.</summary>
/// <param name="window">As it was written.</param>
/// <param name="sessionGapMs">Inactivity that ends a session.</param>
internal sealed class Window(TimeWindow window, long sessionGapMs)
{
    public bool IsSession => window.IsSession;

    /// <summary>The same as of now. Tells the snapshot when a session ends by itself.</summary>
    public Bounds Of(ProfileSnapshot profile)
    {
        var fromMs = window.SinceMs ?? long.MinValue;
        var untilMs = window.UntilMs ?? long.MaxValue;
        if (window.WithinMs is { } lengthMs)
        {
            fromMs = Math.Max(fromMs, profile.NowMs - lengthMs + 1);
        }

        if (!window.IsSession)
        {
            return new Bounds(fromMs, untilMs, 0, IsEmpty: false);
        }

        var events = profile.Facts.Events;
        if (events.IsEmpty || events[^1].Session == 0 || profile.NowMs >= events[^1].TimeMs + sessionGapMs)
        {
            return new Bounds(fromMs, untilMs, 0, IsEmpty: true);
        }

        profile.ChangesAt(events[^1].TimeMs + sessionGapMs);
        return new Bounds(fromMs, untilMs, events[^1].Session, IsEmpty: false);
    }

    /// <summary>When an event that counts now leaves by itself; <see cref="long.MaxValue"/> for never.</summary>
    public long LeavesAt(long timeMs) => window.WithinMs is { } lengthMs ? timeMs + lengthMs : long.MaxValue;
}
