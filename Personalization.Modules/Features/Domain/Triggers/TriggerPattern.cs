using Personalization.Features.Domain.History;

namespace Personalization.Features.Domain.Triggers;

/// <summary>A time at which a trigger may fire for a profile.</summary>
/// <param name="Anchor">Offset of the event, or the change, that it hangs on.</param>
/// <param name="DueMs">When, Unix ms.</param>
/// <param name="Item">Number of an item; -1 when it is about none.</param>
internal readonly record struct Candidate(long Anchor, long DueMs, int Item = -1);

/// <summary>
/// When a trigger is due, as a pure function of a profile's facts: asked again after late events, merges or a restart it says the same, so nothing is
/// kept but what was fired. Immutable; any thread.
/// </summary>
internal abstract class TriggerPattern
{
    /// <summary>Numbers of the events that may change the answer.</summary>
    public abstract IEnumerable<int> Events { get; }

    /// <summary>How far back from a due time it looks, in ms.</summary>
    public abstract long ReachMs { get; }

    /// <summary>
    /// Adds every candidate that is due after <paramref name="fromMs"/> and not after <paramref name="toMs"/>, whose anchor is no imported event, and
    /// returns when the next one is due if nothing else happens; <see cref="long.MaxValue"/> for never.
    /// </summary>
    public abstract long Find(ProfileFacts facts, long fromMs, long toMs, List<Candidate> into);
}
