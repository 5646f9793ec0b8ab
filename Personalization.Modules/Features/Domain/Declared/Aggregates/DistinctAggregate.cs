using System.Buffers.Binary;
using Personalization.Kernel.Hashing;

namespace Personalization.Features.Domain.Declared.Aggregates;

/// <summary>
/// Different values in the window, as 64-bit hashes with the last pane of each, ordered by hash. Of more than <see cref="MaxValues"/> those
/// that were seen longest ago are dropped: one that is dropped could not be among the newest unless it comes again, and then it is new. So
/// the value is exactly the smaller of the true count and <see cref="MaxValues"/>, at any time and after any order of arrival. Two of a
/// million values share a hash with a chance below 10^-7.
/// </summary>
internal sealed class DistinctAggregate(FeatureWindow window, KeyHasher hasher) : Aggregate(window)
{
    public const int MaxValues = 1_024;
    private const int HashBytes = 8;
    private const int EntryBytes = HashBytes + PaneBytes;

    /// <summary>40 bits hold a pane of a second until 2049, and every place in the log that a session may begin at.</summary>
    private const int PaneBytes = 5;

    /// <summary>Sessions whose values are kept.</summary>
    private const int KeptSessions = 2;

    public override bool NeedsValue => true;

    public override int MaxBytes => EntryBytes * (MaxValues + 1);

    public override int Add(ReadOnlySpan<byte> state, in Observation observation, Span<byte> into)
    {
        Span<byte> one = stackalloc byte[EntryBytes];
        if (Begin(in observation, one) == 0)
        {
            state.CopyTo(into);
            return state.Length;
        }

        var place = PlaceOf(state, HashOf(one));
        var isKnown = place < state.Length && HashOf(state[place..]) == HashOf(one);
        if (isKnown && PaneOf(state[place..]) >= PaneOf(one))
        {
            state.CopyTo(into);
            return state.Length;
        }

        state[..place].CopyTo(into);
        one.CopyTo(into[place..]);
        var rest = state[(isKnown ? place + EntryBytes : place)..];
        rest.CopyTo(into[(place + EntryBytes)..]);
        return Tidy(into[..(place + EntryBytes + rest.Length)]);
    }

    public override int Merge(ReadOnlySpan<byte> a, ReadOnlySpan<byte> b, Span<byte> into)
    {
        // Both are at most full, so the union may be twice as long as the room: it is tidied in a room of its own.
        var union = new byte[a.Length + b.Length];
        var length = 0;
        while (!a.IsEmpty || !b.IsEmpty)
        {
            var takesA = !a.IsEmpty && (b.IsEmpty || HashOf(a) <= HashOf(b));
            var takesB = !b.IsEmpty && (a.IsEmpty || HashOf(b) <= HashOf(a));
            var entry = takesA && (!takesB || PaneOf(a) >= PaneOf(b)) ? a[..EntryBytes] : b[..EntryBytes];
            entry.CopyTo(union.AsSpan(length));
            length += EntryBytes;
            a = takesA ? a[EntryBytes..] : a;
            b = takesB ? b[EntryBytes..] : b;
        }

        length = Tidy(union.AsSpan(0, length));
        union.AsSpan(0, length).CopyTo(into);
        return length;
    }

    public override Scalar Read(ReadOnlySpan<byte> state, in ReadTime at, Span<byte> value, out int valueBytes, out long nextChangeMs)
    {
        (valueBytes, nextChangeMs) = (0, long.MaxValue);
        var count = 0;
        for (; !state.IsEmpty; state = state[EntryBytes..])
        {
            if (Window.Counts(PaneOf(state), in at))
            {
                count++;
                nextChangeMs = Math.Min(nextChangeMs, Window.LeavesAtMs(PaneOf(state), in at));
            }
        }

        return Scalar.Of(count);
    }

    protected override int Begin(in Observation observation, Span<byte> into)
    {
        var pane = Window.PaneOf(observation.TimeMs, observation.Session);
        if (pane < 0 || observation.Value.IsEmpty)
        {
            return 0;
        }

        var hash = (ulong)hasher.Hash(KeySpace.FeatureValue, observation.Value);

        // A value that was seen in two sessions is two entries, or the later number would hide the session that goes on.
        hash = Window.Kind == WindowKind.Session ? hash ^ ((ulong)pane * 0x9E37_79B9_7F4A_7C15) : hash;
        BinaryPrimitives.WriteUInt64LittleEndian(into, hash);
        BinaryPrimitives.WriteUInt32LittleEndian(into[HashBytes..], (uint)pane);
        into[EntryBytes - 1] = (byte)(pane >> 32);
        return EntryBytes;
    }

    /// <summary>Drops what has left the window by the newest pane, then what is too much.</summary>
    private int Tidy(Span<byte> entries)
    {
        var (newest, second) = (-1L, -1L);
        for (var i = 0; i < entries.Length; i += EntryBytes)
        {
            var pane = PaneOf(entries[i..]);
            (newest, second) = pane > newest ? (pane, newest) : pane < newest && pane > second ? (newest, pane) : (newest, second);
        }

        var length = 0;
        for (var i = 0; i < entries.Length; i += EntryBytes)
        {
            var pane = PaneOf(entries[i..]);
            if (Window.Kind == WindowKind.Session ? pane == newest || pane == second : Window.Keeps(pane, newest, place: 0))
            {
                entries.Slice(i, EntryBytes).CopyTo(entries[length..]);
                length += EntryBytes;
            }
        }

        for (; length > MaxValues * EntryBytes; length -= EntryBytes)
        {
            var oldest = Oldest(entries[..length]);
            entries[(oldest + EntryBytes)..length].CopyTo(entries[oldest..]);
        }

        return length;
    }

    /// <summary>The entry with the oldest pane; of one pane that with the smallest hash, which comes first.</summary>
    private static int Oldest(ReadOnlySpan<byte> entries)
    {
        var oldest = 0;
        for (var i = EntryBytes; i < entries.Length; i += EntryBytes)
        {
            oldest = PaneOf(entries[i..]) < PaneOf(entries[oldest..]) ? i : oldest;
        }

        return oldest;
    }

    private static int PlaceOf(ReadOnlySpan<byte> entries, ulong hash)
    {
        var (low, high) = (0, entries.Length / EntryBytes);
        while (low < high)
        {
            var middle = (low + high) / 2;
            (low, high) = HashOf(entries[(middle * EntryBytes)..]) < hash ? (middle + 1, high) : (low, middle);
        }

        return low * EntryBytes;
    }

    private static ulong HashOf(ReadOnlySpan<byte> entry) => BinaryPrimitives.ReadUInt64LittleEndian(entry);

    private static long PaneOf(ReadOnlySpan<byte> entry) =>
        BinaryPrimitives.ReadUInt32LittleEndian(entry[HashBytes..]) | ((long)entry[EntryBytes - 1] << 32);
}
