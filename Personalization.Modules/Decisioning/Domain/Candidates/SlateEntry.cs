using Personalization.Decisioning.Contracts;

namespace Personalization.Decisioning.Domain.Candidates;

/// <summary>A candidate in the slate. 16 bytes without gaps, so that two slates are compared as bytes.</summary>
internal struct SlateEntry
{
    /// <summary>Of an item that a step put in: <see cref="Part"/> of an entry that says nothing else.</summary>
    public const byte NoPart = 0;

    /// <summary>Number of the item.</summary>
    public int Item;

    /// <summary>Comparable within one slate; falls with the place in a finished one.</summary>
    public float Score;

    /// <summary>The item that led to it, -1 when none did.</summary>
    public int BecauseOf;

    /// <summary>Why it is here, as the answer says it.</summary>
    public ReasonCode Reason;

    /// <summary>Number of the part that proposed it first (<see cref="PlannedPart.Number"/>).</summary>
    public byte Part;

    /// <summary>Its row among the features of this decision, from 1; 0 for what no part proposed.</summary>
    public ushort Row;
}
