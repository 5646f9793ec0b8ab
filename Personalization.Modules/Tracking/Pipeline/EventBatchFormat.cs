using System.Buffers;
using System.Buffers.Binary;
using Personalization.Tracking.Contracts;
using Personalization.Tracking.Domain;

namespace Personalization.Tracking.Pipeline;

/// <summary>
/// How a batch stands in the log: a version byte, source, times, origin and shared context of the request (for a failed event that is
/// taken up again also its first offset, which a bit of the origin announces), then for each event a byte of its
/// type, its length and its JSON exactly as it came. Everything else is read out of the JSON again, so that better code
/// learns more from an old log. An event of length 0 was erased and keeps its place.
/// </summary>
internal static class EventBatchFormat
{
    private const byte Version = 2;

    /// <summary>Without the origin: everything was live.</summary>
    private const byte VersionWithoutOrigin = 1;
    private const int TimesEnd = 1 + 2 + 8 + 8;
    private const int FixedBytes = TimesEnd + 1;
    private const int MaxEventHeader = 1 + 5;

    /// <summary>Bit of the origin: the offset at which the event came first follows.</summary>
    private const byte IsResumed = 0x80;

    /// <summary>Bit of the origin: the request came with <c>Sec-GPC: 1</c>.</summary>
    private const byte HasGpc = 0x40;

    public static void Write(EventBatch batch, IBufferWriter<byte> output)
    {
        WriteHeader(
            batch.SourceId,
            batch.ReceivedAtMs,
            batch.SentAtMs,
            OriginByte(batch.Origin, batch.HasGpc),
            batch.ResumedOffset,
            batch.Text(batch.SharedContext),
            output);
        for (var i = 0; i < batch.EventCount; i++)
        {
            var written = batch[i];
            WriteEvent((byte)written.Type, batch.Text(written.Raw), output);
        }
    }

    /// <summary>
    /// Copies a stored body without the events at <paramref name="indexes"/> (ascending). Of the shared context, which may
    /// speak of the shopper, the events that are left keep what they are read with; when none is left, it goes too.
    /// </summary>
    public static void WriteWithout(ReadOnlySpan<byte> body, ReadOnlySpan<int> indexes, IBufferWriter<byte> output)
    {
        var header = new EntryHeader(body);
        var keepsContext = HasEventsBeside(body[header.Length..], indexes);
        WriteHeader(
            header.SourceId,
            header.ReceivedAtMs,
            header.SentAtMs,
            OriginByte(header.Origin, header.HasGpc),
            header.ResumedOffset,
            indexes.IsEmpty ? body[header.Context] : keepsContext ? SharedContext.WithoutPerson(body[header.Context]) : default,
            output);
        var rest = body[header.Length..];
        for (var i = 0; !rest.IsEmpty; i++)
        {
            var (type, raw) = TakeEvent(rest);
            var isErased = !indexes.IsEmpty && indexes[0] == i;
            indexes = isErased ? indexes[1..] : indexes;
            WriteEvent(type, isErased ? default : rest[raw], output);
            rest = rest[raw.End..];
        }
    }

    private static bool HasEventsBeside(ReadOnlySpan<byte> rest, ReadOnlySpan<int> indexes)
    {
        for (var i = 0; !rest.IsEmpty; i++)
        {
            var raw = TakeEvent(rest).Raw;
            if (!rest[raw].IsEmpty && indexes.BinarySearch(i) < 0)
            {
                return true;
            }

            rest = rest[raw.End..];
        }

        return false;
    }

    private static void WriteHeader(
        ushort sourceId,
        long receivedAtMs,
        long sentAtMs,
        byte origin,
        long resumedOffset,
        ReadOnlySpan<byte> context,
        IBufferWriter<byte> output)
    {
        var span = output.GetSpan(FixedBytes + sizeof(long) + 5 + context.Length);
        span[0] = Version;
        BinaryPrimitives.WriteUInt16LittleEndian(span[1..], sourceId);
        BinaryPrimitives.WriteInt64LittleEndian(span[3..], receivedAtMs);
        BinaryPrimitives.WriteInt64LittleEndian(span[11..], sentAtMs);
        span[TimesEnd] = origin;
        var length = FixedBytes;
        if (resumedOffset >= 0)
        {
            span[TimesEnd] |= IsResumed;
            BinaryPrimitives.WriteInt64LittleEndian(span[length..], resumedOffset);
            length += sizeof(long);
        }

        length += WriteLength(span[length..], context.Length);
        context.CopyTo(span[length..]);
        output.Advance(length + context.Length);
    }

    private static byte OriginByte(EventOrigin origin, bool hasGpc) => (byte)((byte)origin | (hasGpc ? HasGpc : 0));

    private static void WriteEvent(byte type, ReadOnlySpan<byte> raw, IBufferWriter<byte> output)
    {
        var span = output.GetSpan(MaxEventHeader + raw.Length);
        span[0] = type;
        var length = 1 + WriteLength(span[1..], raw.Length);
        raw.CopyTo(span[length..]);
        output.Advance(length + raw.Length);
    }

    /// <summary>The first of the remaining events: its type, and where its JSON lies.</summary>
    /// <exception cref="InvalidDataException">There is none, or it is cut short.</exception>
    internal static (byte Type, Range Raw) TakeEvent(ReadOnlySpan<byte> rest)
    {
        if (rest.IsEmpty)
        {
            throw new InvalidDataException("An entry of tracked events ends before its last event.");
        }

        var length = ReadLength(rest[1..], out var lengthBytes);
        return (rest[0], new Range(1 + lengthBytes, 1 + lengthBytes + length));
    }

    /// <summary>Seven bits a byte, the lowest first, the high bit set on all but the last (LEB128).</summary>
    private static int WriteLength(Span<byte> span, int length)
    {
        var at = 0;
        var rest = (uint)length;
        for (; rest >= 0x80; rest >>= 7)
        {
            span[at++] = (byte)(rest | 0x80);
        }

        span[at] = (byte)rest;
        return at + 1;
    }

    /// <exception cref="InvalidDataException">The length runs beyond the body.</exception>
    private static int ReadLength(ReadOnlySpan<byte> span, out int lengthBytes)
    {
        var length = 0L;
        for (lengthBytes = 0; lengthBytes < Math.Min(5, span.Length); lengthBytes++)
        {
            length |= (long)(span[lengthBytes] & 0x7F) << (7 * lengthBytes);
            if (span[lengthBytes] < 0x80)
            {
                lengthBytes++;
                return length <= span.Length - lengthBytes
                    ? (int)length
                    : throw new InvalidDataException("An entry of tracked events is cut short.");
            }
        }

        throw new InvalidDataException("An entry of tracked events has a length without end.");
    }

    /// <summary>What stands before the events.</summary>
    internal readonly ref struct EntryHeader
    {
        public EntryHeader(ReadOnlySpan<byte> body)
        {
            if (body.Length <= FixedBytes || body[0] is not (Version or VersionWithoutOrigin))
            {
                throw new InvalidDataException($"An entry of tracked events has version {(body.IsEmpty ? 0 : body[0])}; this program reads up to {Version}.");
            }

            var fixedBytes = body[0] == Version ? FixedBytes : TimesEnd;

            SourceId = BinaryPrimitives.ReadUInt16LittleEndian(body[1..]);
            ReceivedAtMs = BinaryPrimitives.ReadInt64LittleEndian(body[3..]);
            SentAtMs = BinaryPrimitives.ReadInt64LittleEndian(body[11..]);
            var origin = fixedBytes == FixedBytes ? body[TimesEnd] : (byte)EventOrigin.Live;
            Origin = (EventOrigin)(origin & ~(IsResumed | EventBatchFormat.HasGpc));
            HasGpc = (origin & EventBatchFormat.HasGpc) != 0;
            ResumedOffset = -1;
            if ((origin & IsResumed) != 0)
            {
                ResumedOffset = BinaryPrimitives.ReadInt64LittleEndian(body[fixedBytes..]);
                fixedBytes += sizeof(long);
            }

            var contextLength = ReadLength(body[fixedBytes..], out var lengthBytes);
            Length = fixedBytes + lengthBytes + contextLength;
            Context = new Range(fixedBytes + lengthBytes, Length);
        }

        public ushort SourceId { get; }

        public long ReceivedAtMs { get; }

        public long SentAtMs { get; }

        public EventOrigin Origin { get; }

        public bool HasGpc { get; }

        /// <summary>-1 for a batch that came once.</summary>
        public long ResumedOffset { get; }

        public Range Context { get; }

        /// <summary>Bytes before the first event.</summary>
        public int Length { get; }
    }
}
