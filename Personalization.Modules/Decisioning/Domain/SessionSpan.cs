namespace Personalization.Decisioning.Domain;

/// <summary>
/// Where a session's items stand, in one 64-bit word so that a reader never sees half of a change: start of the block,
/// size of the block and items in it. Zero for a session without items.
/// </summary>
internal readonly record struct SessionSpan(long Word)
{
    public SessionSpan(int start, int bits, int count)
        : this(((long)start << 32) | ((long)bits << 16) | (uint)count)
    {
    }

    public int Start => (int)(Word >> 32);

    public int Bits => (int)(Word >> 16) & 0xffff;

    public int Count => (int)Word & 0xffff;
}
