using System.Buffers;
using System.Buffers.Binary;
using System.IO.Compression;

namespace Personalization.Kernel.Http;

/// <summary>Decompresses a body that lies in memory, and stops at a bound: a bomb costs no more than an honest body.</summary>
internal static class BodyDecoder
{
    private static readonly byte[] ProofMember = Zip(Proof);

    private static ReadOnlySpan<byte> Proof => "the end"u8;

    public static BodyStatus Decode(BodyEncoding encoding, ArraySegment<byte> encoded, IBufferWriter<byte> target, int maxBytes)
    {
        try
        {
            return encoding == BodyEncoding.Brotli
                ? DecodeBrotli(encoded, target, maxBytes)
                : DecodeStream(encoding, encoded, target, maxBytes);
        }
        catch (InvalidDataException)
        {
            return BodyStatus.Damaged;
        }
    }

    private static BodyStatus DecodeStream(BodyEncoding encoding, ArraySegment<byte> encoded, IBufferWriter<byte> target, int maxBytes)
    {
        using var source = new EndObserver(encoded);
        using Stream decoder = encoding == BodyEncoding.Gzip ? new GZipStream(source, CompressionMode.Decompress)
            : IsZlib(encoded) ? new ZLibStream(source, CompressionMode.Decompress)
            : new DeflateStream(source, CompressionMode.Decompress);
        var total = 0;
        while (true)
        {
            // One byte more than allowed shows that there is more.
            var span = target.GetSpan(4096);
            var room = Math.Min(span.Length, maxBytes - total + 1);
            var read = decoder.Read(span[..room]);
            if (read == 0)
            {
                return IsWhole(encoding, encoded, source, total) ? BodyStatus.Read : BodyStatus.Damaged;
            }

            target.Advance(read);
            total += read;
            if (total > maxBytes)
            {
                return BodyStatus.TooLarge;
            }
        }
    }

    /// <summary>
    /// The framework takes the end of the data for the end of the stream, wherever it comes. A deflate stream that is whole does not ask
    /// for more; a gzip one does, in case another member follows, but the last four bytes of its only member are its length (RFC
    /// 1952, ISIZE).
    /// </summary>
    private static bool IsWhole(BodyEncoding encoding, ArraySegment<byte> encoded, EndObserver source, int total) =>
        encoding != BodyEncoding.Gzip
            ? !source.WasReadBeyondEnd
            : encoded.Count >= 18 &&
                (BinaryPrimitives.ReadUInt32LittleEndian(encoded.AsSpan()[^4..]) == (uint)total || AreWholeMembers(encoded, total));

    /// <summary>
    /// Several gzip members in a row are one body (RFC 1952, 2.2), as zipped logs that were joined are. Only the last one's length stands at
    /// the end, so this reads again with one more member behind them: it comes out exactly if the one before it was whole.
    /// </summary>
    private static bool AreWholeMembers(ArraySegment<byte> encoded, int total)
    {
        var withProof = new byte[encoded.Count + ProofMember.Length];
        encoded.AsSpan().CopyTo(withProof);
        ProofMember.CopyTo(withProof.AsSpan(encoded.Count));
        using var decoder = new GZipStream(new MemoryStream(withProof, writable: false), CompressionMode.Decompress);
        Span<byte> piece = stackalloc byte[4096];
        Span<byte> tail = stackalloc byte[Proof.Length];
        var read = 0L;
        while (decoder.Read(piece) is var count and > 0)
        {
            read += count;
            Keep(tail, piece[..count]);
        }

        return read == total + Proof.Length && tail.SequenceEqual(Proof);
    }

    /// <summary>Moves the end of what was read into <paramref name="tail"/>.</summary>
    private static void Keep(Span<byte> tail, ReadOnlySpan<byte> read)
    {
        var kept = Math.Max(0, tail.Length - read.Length);
        tail[^kept..].CopyTo(tail);
        read[^(tail.Length - kept)..].CopyTo(tail[kept..]);
    }

    private static BodyStatus DecodeBrotli(ReadOnlySpan<byte> encoded, IBufferWriter<byte> target, int maxBytes)
    {
        var decoder = default(BrotliDecoder);
        using (decoder)
        {
            var total = 0;
            while (true)
            {
                var span = target.GetSpan(4096);
                var room = Math.Min(span.Length, maxBytes - total + 1);
                var status = decoder.Decompress(encoded, span[..room], out var consumed, out var written);
                encoded = encoded[consumed..];
                target.Advance(written);
                total += written;
                if (total > maxBytes)
                {
                    return BodyStatus.TooLarge;
                }

                if (status != OperationStatus.DestinationTooSmall)
                {
                    return status == OperationStatus.Done ? BodyStatus.Read : BodyStatus.Damaged;
                }
            }
        }
    }

    /// <summary>"deflate" means zlib (RFC 9110, 8.4.1.2), but some clients send bare deflate data. RFC 1950's header tells.</summary>
    private static bool IsZlib(ArraySegment<byte> encoded) =>
        encoded.Count >= 2 && (encoded[0] & 0x0F) == 8 && ((encoded[0] << 8) + encoded[1]) % 31 == 0;

    private static byte[] Zip(ReadOnlySpan<byte> content)
    {
        var zipped = new MemoryStream();
        using (var gzip = new GZipStream(zipped, CompressionLevel.Fastest))
        {
            gzip.Write(content);
        }

        return zipped.ToArray();
    }

    /// <summary>Notices when somebody wants more than there is.</summary>
    private sealed class EndObserver(ArraySegment<byte> content) : MemoryStream(content.Array!, content.Offset, content.Count, writable: false)
    {
        public bool WasReadBeyondEnd { get; private set; }

        public override int Read(byte[] buffer, int offset, int count) => Observed(base.Read(buffer, offset, count));

        public override int Read(Span<byte> buffer) => Observed(base.Read(buffer));

        private int Observed(int read)
        {
            WasReadBeyondEnd |= read == 0;
            return read;
        }
    }
}
