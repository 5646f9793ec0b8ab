using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace Personalization.Features.Domain.History;

/// <summary>
/// What stands before the events in a profile's bytes. <see cref="Published"/> is all that a reader needs besides what it covers, and is
/// written last: the events in front of its length never change while the array is in use, so a reader decodes them in place without
/// waiting. Whatever is more than an event behind the last makes another array.
/// </summary>
internal struct HistoryHeader
{
    /// <summary>Length of the array's used part in the low half, events in the high half.</summary>
    public long Published;

    /// <summary>The latest event, and the number of its session or that of the last event before it that has one.</summary>
    public long LastTimeMs;
    public long LastOffset;
    public long LastSession;

    /// <summary>Event time of the latest event that was dropped because there were too many; <see cref="long.MinValue"/> for none.</summary>
    public long DroppedUntilMs;

    /// <summary>Where the context that was written last lies in the array.</summary>
    public int ContextStart;
    public ushort ContextLength;

    /// <summary>Whether it waits for a checkpoint. The loop that owns the profile, or whoever runs while it rests.</summary>
    public bool IsDirty;

    /// <summary>Fills the last place, so that equal headers are equal bytes.</summary>
    public byte Unused;

    public static int Size => Unsafe.SizeOf<HistoryHeader>();

    public readonly int Length => (int)Published;

    public readonly int Count => (int)(Published >> 32);

    /// <summary>
    /// With its check of the length: by a reference to the array's data alone, the optimiser took the read for one that cannot fail, and read in
    /// front of a test for null.
    /// </summary>
    public static ref HistoryHeader Of(byte[] bytes) => ref MemoryMarshal.AsRef<HistoryHeader>(bytes.AsSpan());

    public static long Publish(int length, int count) => ((long)count << 32) | (uint)length;
}
