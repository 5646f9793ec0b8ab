namespace Personalization.Tracking.Contracts;

/// <summary>One thing by which an event names its shopper, or a trace that makes it likelier who it was.</summary>
public struct EventIdentifier
{
    /// <summary>As sent: a piece of the batch's buffer.</summary>
    public Utf8Slice Value;

    /// <summary>The street of an address, whose postal code is <see cref="Value"/>; empty otherwise.</summary>
    public Utf8Slice More;

    /// <summary>Keyed hash of the normalised value; default when the value is none of its kind.</summary>
    public UInt128 Key;

    /// <summary>Number of the <see cref="IdentifierKind"/>.</summary>
    public byte Kind;

    /// <summary>It stood in the call's own <c>traits</c>, not in its <c>context</c>.</summary>
    public bool IsOfCall;
}
