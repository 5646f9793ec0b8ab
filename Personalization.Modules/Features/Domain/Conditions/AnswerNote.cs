using Personalization.Features.Domain.History;

namespace Personalization.Features.Domain.Conditions;

/// <summary>On which condition an answer about a profile hangs: it stays the same as long as that one's does.</summary>
/// <param name="decider">That condition; null when nobody knows.</param>
/// <param name="held">What it answered.</param>
/// <param name="lacks">What it lacked to answer otherwise: <see cref="ProfileSnapshot.Lacks"/>.</param>
internal struct AnswerNote(CompiledCondition? decider, bool held, long lacks)
{
    private long _lacks = lacks;

    public readonly CompiledCondition? Decider => decider;

    /// <summary>Whether it says more than the condition that was asked knows by itself.</summary>
    public readonly bool IsWorthKeeping(CompiledCondition asked) => decider is not null && (_lacks > 0 || !ReferenceEquals(decider, asked));

    /// <summary>
    /// Whether it tells anything at an event: where old events leave because one came, only a decider that those cannot turn does. Otherwise who has a note would
    /// be told later than who has none, and a replay other things than were told.
    /// </summary>
    public readonly bool Tells(Arrival arrival) => decider is not null && !(arrival.IsFull && decider.MayTurnByLoss(held));

    /// <summary>Whether the answer may be another after an event. Every event in turn, until it may.</summary>
    public bool MayTurn(Arrival arrival) => decider!.MayTurn(arrival, held, ref _lacks);
}
