using System.Buffers.Binary;

namespace Personalization.Features.Domain.Feed;

/// <summary>One fact of a feed: when it became so, about whom, and what, in the words of whoever feeds.</summary>
/// <param name="Shard">Which part of the feed; facts of one shard are in the order in which they came to be.</param>
/// <param name="Sequence">Place in the shard, from 0.</param>
/// <param name="AtMs">Unix ms of the log's clock.</param>
/// <param name="ProfileId">Of whom; -1 when the person was erased: then nothing else is left of it.</param>
/// <param name="Body">At most <see cref="MaxBody"/> bytes.</param>
internal readonly record struct FeedFact(int Shard, long Sequence, long AtMs, int ProfileId, ReadOnlyMemory<byte> Body)
{
    public const int MaxBody = 2_048;

    /// <summary>Time (8), profile (4), length of the body (2).</summary>
    public const int HeaderBytes = 14;

    public static int Write(Span<byte> room, long atMs, int profileId, ReadOnlySpan<byte> body)
    {
        BinaryPrimitives.WriteInt64LittleEndian(room, atMs);
        BinaryPrimitives.WriteInt32LittleEndian(room[8..], profileId);
        BinaryPrimitives.WriteUInt16LittleEndian(room[12..], (ushort)body.Length);
        body.CopyTo(room[HeaderBytes..]);
        return HeaderBytes + body.Length;
    }

    /// <summary>The fact that begins at a place; moves the place behind it.</summary>
    public static FeedFact Read(ReadOnlyMemory<byte> bytes, ref int place, int shard, long sequence)
    {
        var header = bytes.Span[place..];
        var length = BinaryPrimitives.ReadUInt16LittleEndian(header[12..]);
        var read = new FeedFact(
            shard, sequence, BinaryPrimitives.ReadInt64LittleEndian(header), BinaryPrimitives.ReadInt32LittleEndian(header[8..]), bytes.Slice(place + HeaderBytes, length));
        place += HeaderBytes + length;
        return read;
    }

    /// <summary>Takes a person's facts out of a row of them: nobody and nothing is left in their place. How many.</summary>
    public static int Erase(Span<byte> bytes, IReadOnlySet<int> profileIds)
    {
        var erased = 0;
        for (var place = 0; place < bytes.Length;)
        {
            var length = BinaryPrimitives.ReadUInt16LittleEndian(bytes[(place + 12)..]);
            if (profileIds.Contains(BinaryPrimitives.ReadInt32LittleEndian(bytes[(place + 8)..])))
            {
                BinaryPrimitives.WriteInt32LittleEndian(bytes[(place + 8)..], -1);
                bytes.Slice(place + HeaderBytes, length).Clear();
                erased++;
            }

            place += HeaderBytes + length;
        }

        return erased;
    }
}
