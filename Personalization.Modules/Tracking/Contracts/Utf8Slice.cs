namespace Personalization.Tracking.Contracts;

/// <summary>A piece of the buffer of an <see cref="EventBatch"/>: unescaped UTF-8. Empty when the field is absent.</summary>
public readonly record struct Utf8Slice(int Start, int Length)
{
    public bool IsEmpty => Length == 0;
}
