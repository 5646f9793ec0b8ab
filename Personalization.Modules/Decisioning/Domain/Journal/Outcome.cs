namespace Personalization.Decisioning.Domain.Journal;

/// <summary>What a shopper made of an item of an answer. Stored by number: numbers stay.</summary>
internal enum OutcomeKind : byte
{
    Seen = 1,
    Clicked,
    Added,
    Ordered,
}

/// <summary>Something that came of a decision.</summary>
internal readonly record struct Outcome(Guid DecisionId, int Item, OutcomeKind Kind, long AtMs);
