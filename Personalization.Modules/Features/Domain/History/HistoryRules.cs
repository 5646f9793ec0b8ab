namespace Personalization.Features.Domain.History;

/// <summary>
/// Which events stay, and how a profile's bytes come from those before. Pure but for the bytes that it is given: those it may write to lie
/// behind what is published.
/// </summary>
internal sealed class HistoryRules(HistoryOptions options)
{
    /// <summary>
    /// One event in so many looks whether old ones may go. By its place in the log, and not when an array happens to be full: what is stored must be
    /// the same in every replay, and after a restart arrays have another size.
    /// </summary>
    private const int EventsPerLook = 32;

    private readonly int _maxEvents = options.MaxEvents;
    private readonly long _retentionMs = options.Days * 86_400_000L;

    /// <summary>Events that may wait to be dropped: a profile that is full is written anew once in so many events, not at each.</summary>
    private int MaxStored => _maxEvents + (_maxEvents / 4);

    /// <summary>Decodes what is kept. Any thread: takes the version that is published now.</summary>
    public void Read(byte[] bytes, ProfileFacts into)
    {
        into.Clear();
        var length = (int)Volatile.Read(ref HistoryHeader.Of(bytes).Published);
        var droppedUntil = Volatile.Read(ref HistoryHeader.Of(bytes).DroppedUntilMs);
        HistoryDecoder.Read(bytes.AsSpan(HistoryHeader.Size, length - HistoryHeader.Size), into);
        Trim(into, droppedUntil);
    }

    /// <summary>Tells where an event stands that the bytes have just taken in.</summary>
    public void Place(byte[] bytes, Arrival arrival)
    {
        ref readonly var header = ref HistoryHeader.Of(bytes);
        ref readonly var fact = ref arrival.Fact;
        arrival.IsNewest = fact.Offset == header.LastOffset;
        arrival.Stored = header.Count;
        arrival.IsFull = header.Count >= _maxEvents || header.LastTimeMs - FirstTimeMs(bytes, header.Length) >= _retentionMs;
    }

    /// <summary>The profile's bytes with the event of the scratch: the same array where it fits behind the last.</summary>
    public byte[] Append(byte[] bytes, HistoryScratch scratch, KeptProperties kept)
    {
        ref var header = ref HistoryHeader.Of(bytes);
        ref readonly var added = ref scratch.Event.Events[0];
        if (!IsBefore(header.LastTimeMs, header.LastOffset, in added))
        {
            return IsLeftOut(ref header, bytes, in added) ? bytes : Rewrite(bytes, scratch, kept);
        }

        if (header.Count >= MaxStored || (added.Offset % EventsPerLook == 0 && added.TimeMs - FirstTimeMs(bytes, header.Length) >= _retentionMs))
        {
            return Rewrite(bytes, scratch, kept);
        }

        var encoder = scratch.Encoder;
        encoder.Resume(in header, bytes.AsSpan(header.ContextStart, header.ContextLength));
        var context = header.ContextLength;
        encoder.Append(scratch.Event, in added, kept);
        var record = encoder.Written[context..];
        var length = header.Length;
        if (length + record.Length > bytes.Length)
        {
            var grown = GC.AllocateUninitializedArray<byte>(Capacity(length + record.Length));
            bytes.AsSpan(0, length).CopyTo(grown);
            bytes = grown;
            header = ref HistoryHeader.Of(bytes);
        }

        record.CopyTo(bytes.AsSpan(length));
        (header.LastTimeMs, header.LastOffset, header.LastSession) = (added.TimeMs, added.Offset, encoder.LastSession);
        if (encoder.ContextStart > 0)
        {
            SetContext(ref header, encoder, length - context);
        }

        Volatile.Write(ref header.Published, HistoryHeader.Publish(length + record.Length, header.Count + 1));
        return bytes;
    }

    /// <summary>New bytes of all that stays of the profile's events and the event of the scratch, in their order.</summary>
    /// <param name="bytes">Null for a profile without events.</param>
    /// <param name="scratch">Has the event.</param>
    /// <param name="kept">Tells which properties are of the context.</param>
    public byte[] Rewrite(byte[]? bytes, HistoryScratch scratch, KeptProperties kept)
    {
        scratch.All.Clear();
        if (bytes is null)
        {
            return Encode(scratch.Event, scratch.All, long.MinValue, scratch.Encoder, kept);
        }

        DecodeStored(bytes, scratch.All);
        return Encode(scratch.All, scratch.Event, HistoryHeader.Of(bytes).DroppedUntilMs, scratch.Encoder, kept);
    }

    /// <summary>New bytes of what stays of two profiles' events.</summary>
    public byte[] Merge(byte[] into, byte[] from, HistoryScratch scratch, KeptProperties kept)
    {
        DecodeStored(into, scratch.All);
        DecodeStored(from, scratch.Others);
        var droppedUntil = Math.Max(HistoryHeader.Of(into).DroppedUntilMs, HistoryHeader.Of(from).DroppedUntilMs);
        return Encode(scratch.All, scratch.Others, droppedUntil, scratch.Encoder, kept);
    }

    /// <summary>
    /// Whether a late event is too old, or older than all of a profile that is full: that costs nothing, however often it happens.
    /// </summary>
    private bool IsLeftOut(ref HistoryHeader header, byte[] bytes, ref readonly Fact added)
    {
        if (header.LastTimeMs - added.TimeMs >= _retentionMs)
        {
            return true;
        }

        if (header.Count < _maxEvents || added.TimeMs >= FirstTimeMs(bytes, header.Length))
        {
            return false;
        }

        Volatile.Write(ref header.DroppedUntilMs, Math.Max(header.DroppedUntilMs, added.TimeMs));
        return true;
    }

    private static void DecodeStored(byte[] bytes, ProfileFacts into)
    {
        into.Clear();
        HistoryDecoder.Read(bytes.AsSpan(HistoryHeader.Size, HistoryHeader.Of(bytes).Length - HistoryHeader.Size), into);
    }

    /// <summary>Both in one order, without those that are too many or too old.</summary>
    private byte[] Encode(ProfileFacts left, ProfileFacts right, long droppedUntil, HistoryEncoder encoder, KeptProperties kept)
    {
        var lefts = left.Events;
        var rights = right.Events;
        var newest = Math.Max(lefts.IsEmpty ? 0 : lefts[^1].TimeMs, rights.IsEmpty ? 0 : rights[^1].TimeMs);
        var tooMany = lefts.Length + rights.Length - _maxEvents;
        encoder.Begin();
        var header = new HistoryHeader();
        var count = 0;
        var (l, r) = (0, 0);
        while (l < lefts.Length || r < rights.Length)
        {
            var isLeft = r == rights.Length || (l < lefts.Length && IsBefore(lefts[l].TimeMs, lefts[l].Offset, in rights[r]));
            ref readonly var fact = ref isLeft ? ref lefts[l++] : ref rights[r++];
            if (newest - fact.TimeMs >= _retentionMs)
            {
                tooMany--;
            }
            else if (tooMany-- > 0)
            {
                droppedUntil = Math.Max(droppedUntil, fact.TimeMs);
            }
            else
            {
                encoder.Append(isLeft ? left : right, in fact, kept);
                (header.LastTimeMs, header.LastOffset) = (fact.TimeMs, fact.Offset);
                count++;
            }
        }

        var written = encoder.Written;
        var length = HistoryHeader.Size + written.Length;
        var bytes = GC.AllocateUninitializedArray<byte>(Capacity(length));
        written.CopyTo(bytes.AsSpan(HistoryHeader.Size));
        header.LastSession = encoder.LastSession;
        header.DroppedUntilMs = droppedUntil;
        SetContext(ref header, encoder, HistoryHeader.Size);
        header.Published = HistoryHeader.Publish(length, count);
        HistoryHeader.Of(bytes) = header;
        return bytes;
    }

    /// <summary>Leaves out what is stored and not kept any more, and tells until when events may be missing.</summary>
    private void Trim(ProfileFacts facts, long droppedUntil)
    {
        var events = facts.Events;
        if (events.IsEmpty)
        {
            return;
        }

        var oldest = events[^1].TimeMs - _retentionMs;
        var tooMany = Math.Max(0, events.Length - _maxEvents);
        droppedUntil = tooMany == 0 ? droppedUntil : Math.Max(droppedUntil, events[tooMany - 1].TimeMs);
        while (events[tooMany].TimeMs <= oldest)
        {
            tooMany++;
        }

        facts.SkipFirst(tooMany);
        facts.IncompleteUntilMs = droppedUntil > oldest ? droppedUntil : long.MinValue;
    }

    private static bool IsBefore(long timeMs, long offset, ref readonly Fact fact) =>
        timeMs < fact.TimeMs || (timeMs == fact.TimeMs && offset <= fact.Offset);

    private static long FirstTimeMs(byte[] bytes, int length) =>
        HistoryDecoder.FirstTimeMs(bytes.AsSpan(HistoryHeader.Size, length - HistoryHeader.Size));

    private static void SetContext(ref HistoryHeader header, HistoryEncoder encoder, int shift)
    {
        header.ContextStart = encoder.ContextStart + shift;
        header.ContextLength = (ushort)encoder.ContextLength;
    }

    /// <summary>A third more than is used: an array that has grown to any size was copied three times at most.</summary>
    private static int Capacity(int used) => (used + Math.Max(32, used / 3) + 7) & ~7;
}
