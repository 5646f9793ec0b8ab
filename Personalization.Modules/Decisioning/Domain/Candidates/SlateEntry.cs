using Personalization.Decisioning.Contracts;

namespace Personalization.Decisioning.Domain.Candidates;

/// <summary>A candidate in the slate.</summary>
internal struct SlateEntry
{
    /// <summary>Number of the item.</summary>
    public int Item;

    /// <summary>Comparable within one slate; falls with the place in a finished one.</summary>
    public float Score;

    /// <summary>The item that led to it, -1 when none did.</summary>
    public int BecauseOf;

    /// <summary>Which part proposed it.</summary>
    public ReasonCode Reason;
}
