namespace Personalization.Features.Domain.Declared.Aggregates;

/// <summary>
/// What a feature makes of events, as bytes of one key. States are combined in any order and grouping to the same bytes, so a state does
/// not depend on the order of arrival, and one event is added as a state of its own. Immutable; any thread.
/// </summary>
internal abstract class Aggregate(FeatureWindow window)
{
    /// <summary>Room for the state of one observation.</summary>
    private const int OneBytes = 256;

    public FeatureWindow Window => window;

    /// <summary>Bytes that a state takes at most.</summary>
    public abstract int MaxBytes { get; }

    /// <summary>Whether an amount (<see cref="Observation.Millionths"/>) is needed.</summary>
    public virtual bool NeedsAmount => false;

    /// <summary>Whether a value (<see cref="Observation.Value"/>) is needed.</summary>
    public virtual bool NeedsValue => false;

    /// <summary>Adds one observation to a state, which may be empty. The room is as large as <see cref="MaxBytes"/> and another than the state's.</summary>
    /// <returns>Bytes of the new state.</returns>
    public virtual int Add(ReadOnlySpan<byte> state, in Observation observation, Span<byte> into)
    {
        Span<byte> room = stackalloc byte[OneBytes];
        ReadOnlySpan<byte> one = room[..Begin(in observation, room)];
        if (!state.IsEmpty && !one.IsEmpty)
        {
            return Merge(state, one, into);
        }

        var only = state.IsEmpty ? one : state;
        only.CopyTo(into);
        return only.Length;
    }

    /// <summary>Combines two states, neither of them empty.</summary>
    public abstract int Merge(ReadOnlySpan<byte> a, ReadOnlySpan<byte> b, Span<byte> into);

    /// <summary>The feature's value.</summary>
    /// <param name="state">May be empty.</param>
    /// <param name="at">As of when.</param>
    /// <param name="value">For one that is not a number: room for <see cref="EncodedValue.MaxBytes"/>.</param>
    /// <param name="valueBytes">Bytes written there; 0 for a number or none.</param>
    /// <param name="nextChangeMs">When it may change by time alone.</param>
    public abstract Scalar Read(ReadOnlySpan<byte> state, in ReadTime at, Span<byte> value, out int valueBytes, out long nextChangeMs);

    /// <summary>All values of a feature that has several, best first; what the list already holds is left there. Allocates.</summary>
    public virtual void List(ReadOnlySpan<byte> state, in ReadTime at, List<ListedValue> into)
    {
    }

    /// <summary>The state of one observation; 0 bytes when it belongs nowhere.</summary>
    protected abstract int Begin(in Observation observation, Span<byte> into);
}

/// <summary>One of several values of a feature.</summary>
/// <param name="Value">Encoded.</param>
/// <param name="Weight">Of an affinity.</param>
/// <param name="TimeMs">Of a last-n, Unix ms.</param>
internal readonly record struct ListedValue(byte[] Value, double? Weight, long? TimeMs);
