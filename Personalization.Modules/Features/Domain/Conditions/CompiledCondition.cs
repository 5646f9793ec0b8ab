using Personalization.Features.Domain.History;

namespace Personalization.Features.Domain.Conditions;

/// <summary>
/// A condition that can be asked: numbers in the place of names, nothing left to look up. Immutable and shared by threads; a snapshot is one
/// thread's. Asking allocates nothing.
/// </summary>
internal abstract class CompiledCondition
{
    /// <summary>Where it stands in its document, as a JSON pointer.</summary>
    public required string Path { get; init; }

    /// <summary>Roughly what asking costs, in steps of a nanosecond; the cheaper of several is asked first.</summary>
    public virtual int Cost => 10;

    /// <summary>
    /// Whether it holds for the profile now. Lowers <see cref="ProfileSnapshot.NextChangeMs"/> to when time alone may change that, whatever the
    /// answer: it must not be too late; it may be too early, as long as asking again and again comes to an end.
    /// </summary>
    public abstract bool Holds(ProfileSnapshot profile);

    /// <summary>
    /// How an event that has just come can have changed the answer, looked at alone: not by what it made leave, nor by time. Never less than it
    /// did; what does not tell is asked anew. What it can do only later, by itself, <see cref="Arrival.ChangesAt"/> tells. Only for events that the condition
    /// says it is touched by.
    /// </summary>
    public virtual Effect EffectOf(Arrival arrival) => Effect.Any;

    /// <summary>
    /// Whether an event that has just come can have turned the answer that the condition gave last, since when no event was left out. Never less than it did.
    /// </summary>
    /// <param name="arrival">The event.</param>
    /// <param name="held">The answer.</param>
    /// <param name="lacks"><see cref="ProfileSnapshot.Lacks"/> as of then, of which the event takes its share.</param>
    public virtual bool MayTurn(Arrival arrival, bool held, ref long lacks) => MayTurn(arrival, held);

    /// <summary>The same of an answer of which nothing else is known.</summary>
    public bool MayTurn(Arrival arrival, bool held) => (EffectOf(arrival) & (held ? Effect.Against : Effect.For)) != Effect.None;

    /// <summary>Whether an answer can turn because a history that is full lets its oldest events go.</summary>
    public virtual bool MayTurnByLoss(bool held) => true;

    /// <summary>Why, with all parts, whether or not they mattered. Allocates.</summary>
    public abstract Explanation Explain(ProfileSnapshot profile);

    /// <summary>Adds what may change the answer, besides time.</summary>
    public abstract void Touch(Touches touches);
}

/// <summary>Which way an answer can turn. Who is a member already stays one whatever speaks for it, and need not be asked.</summary>
[Flags]
internal enum Effect : byte
{
    None = 0,

    /// <summary>It may hold now.</summary>
    For = 1,

    /// <summary>It may hold no longer.</summary>
    Against = 2,
    Any = For | Against,
}

/// <summary>What a condition looks at: only a change of one of these, or time, can change its answer.</summary>
internal sealed class Touches
{
    /// <summary>Numbers of event names.</summary>
    public HashSet<int> Events { get; } = [];

    /// <summary>Names that no event has had yet, which may come to have a number.</summary>
    public HashSet<string> UnknownEvents { get; } = new(StringComparer.Ordinal);

    public HashSet<string> Traits { get; } = new(StringComparer.Ordinal);

    public HashSet<string> Features { get; } = new(StringComparer.Ordinal);

    public HashSet<string> Segments { get; } = new(StringComparer.Ordinal);

    public HashSet<string> Lists { get; } = new(StringComparer.Ordinal);

    public HashSet<string> Funnels { get; } = new(StringComparer.Ordinal);

    /// <summary>Any event may change it: context of the latest event, session.</summary>
    public bool AnyEvent { get; set; }

    public bool Consent { get; set; }

    /// <summary>It depends on the request's context, so it is asked when a request is answered, and nobody is a member of it beforehand.</summary>
    public bool Request { get; set; }
}

/// <summary>Why a condition holds, or does not.</summary>
/// <param name="Path">Which one, as a JSON pointer into the definition.</param>
/// <param name="Holds">Whether it does.</param>
/// <param name="Text">In words, for a person: what was asked.</param>
/// <param name="Value">What was found, as text; null when there is nothing to tell.</param>
/// <param name="Offsets">Places of the events that decided, at most 20, oldest first.</param>
/// <param name="ChangesAtMs">When it turns by itself if nothing else happens, Unix ms; null for never.</param>
/// <param name="Of">Its parts.</param>
internal sealed record Explanation(
    string Path, bool Holds, string Text, string? Value, IReadOnlyList<long> Offsets, long? ChangesAtMs, IReadOnlyList<Explanation> Of);

/// <summary>Turns conditions into something that can be asked.</summary>
internal interface IConditionCompiler
{
    /// <summary>
    /// Compiles a condition that was read without faults. Names that are unknown now (an event that never came) match nothing; whoever keeps
    /// the result compiles anew when one of <see cref="Touches.UnknownEvents"/> comes to be known. Properties that it names must be kept already.
    /// </summary>
    CompiledCondition Compile(Condition condition);

    /// <summary>
    /// A pattern alone, without a profile around it: for features and funnels that look at events one by one.
    /// </summary>
    IEventMatcher Compile(EventPattern pattern);
}

/// <summary>Whether single events match a pattern. Immutable; any thread.</summary>
internal interface IEventMatcher
{
    /// <summary>Numbers of the names that it looks at, as known when it was compiled.</summary>
    IReadOnlySet<int> Events { get; }

    bool Matches(ProfileFacts facts, ref readonly Fact fact);

    /// <summary>Whether one line of an event satisfies the pattern.</summary>
    bool Matches(ProfileFacts facts, ref readonly Fact fact, ref readonly FactLine line);
}
