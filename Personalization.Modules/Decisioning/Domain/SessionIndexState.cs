namespace Personalization.Decisioning.Domain;

/// <summary>
/// The arrays of the index as a reader sees them. An array that grows is replaced together with this object; writers go on
/// changing elements in place. All lengths but that of <see cref="Items"/> are powers of two or cover every item.
/// </summary>
internal sealed record SessionIndexState
{
    /// <summary>Per item the serials of the sessions that it came into last, in order of arrival; element n stands at n modulo length.</summary>
    public required uint[]?[] Rings { get; init; }

    /// <summary>Per item how many sessions it ever came into: the number that the next element of its ring gets.</summary>
    public required uint[] Arrivals { get; init; }

    /// <summary>Per item log2 of <see cref="Arrivals"/>, kept so that a query takes no logarithms.</summary>
    public required float[] LogArrivals { get; init; }

    /// <summary>Per session slot its <see cref="SessionSpan"/>; a session's slot is its serial modulo length.</summary>
    public required long[] Spans { get; init; }

    public required SessionOwner[] Owners { get; init; }

    public required int[] Items { get; init; }
}
