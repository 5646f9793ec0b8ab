using System.Buffers;
using Personalization.Tracking.Contracts;
using Personalization.Tracking.Domain;

namespace Personalization.Tracking.Pipeline;

/// <summary>Writes batches to the log, and rebuilds them with the same parser that read their requests.</summary>
internal sealed class EventBatchCodec(SegmentParser parser, EventBatchPool pool)
{
    private long _unreadableEvents;

    /// <summary>Events that could not be read any more and were dropped, since the start. Anything but 0 is a damaged log.</summary>
    public long UnreadableEvents => Volatile.Read(ref _unreadableEvents);

    /// <summary>The batch as it was when its request was accepted, offsets included, with one reference.</summary>
    /// <exception cref="InvalidDataException">The body is not one of ours, or of a later version.</exception>
    public EventBatch Read(long firstOffset, int count, ReadOnlySpan<byte> body)
    {
        var batch = pool.Rent(body.Length);
        try
        {
            batch.FirstOffset = firstOffset;
            batch.EnsureBuffer(body.Length);
            body.CopyTo(batch.Buffer);
            batch.BufferLength = body.Length;
            ReadInto(batch, count, body);
            return batch;
        }
        catch // Not handled, only cleaned up after: the batch goes back to its pool.
        {
            batch.Release();
            throw;
        }
    }

    /// <inheritdoc cref="EventBatchFormat.Write"/>
    public static void Write(EventBatch batch, IBufferWriter<byte> output) => EventBatchFormat.Write(batch, output);

    /// <inheritdoc cref="EventBatchFormat.WriteWithout"/>
    public static void WriteWithout(ReadOnlySpan<byte> body, ReadOnlySpan<int> indexes, IBufferWriter<byte> output) =>
        EventBatchFormat.WriteWithout(body, indexes, output);

    private void ReadInto(EventBatch batch, int count, ReadOnlySpan<byte> body)
    {
        var header = new EventBatchFormat.EntryHeader(body);
        batch.SourceId = header.SourceId;
        batch.ReceivedAtMs = header.ReceivedAtMs;
        batch.SentAtMs = header.SentAtMs;
        batch.Origin = header.Origin;
        batch.HasGpc = header.HasGpc;
        batch.ResumedOffset = header.ResumedOffset;
        batch.SharedContext = new Utf8Slice(header.Context.Start.Value, header.Length - header.Context.Start.Value);
        var shared = parser.ParseStoredContext(batch);
        var at = header.Length;
        for (var i = 0; i < count; i++)
        {
            var (type, raw) = EventBatchFormat.TakeEvent(body[at..]);
            var (start, length) = raw.GetOffsetAndLength(body.Length - at);
            ReadEvent(batch, new Utf8Slice(at + start, length), (EventType)type);
            batch[i].Offset = batch.FirstOffset + i;
            at += start + length;
        }

        parser.Complete(batch, shared);
    }

    private void ReadEvent(EventBatch batch, Utf8Slice raw, EventType type)
    {
        if (raw.IsEmpty)
        {
            SegmentParser.AddDropped(batch, raw, type, DropReason.Erased);
        }
        else if (!parser.ParseStored(batch, raw, type))
        {
            Interlocked.Increment(ref _unreadableEvents);
        }
    }
}
