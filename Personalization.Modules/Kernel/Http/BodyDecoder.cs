using System.Buffers;
using System.Buffers.Binary;
using System.IO.Compression;

namespace Personalization.Kernel.Http;

/// <summary>Decompresses a body that lies in memory, and stops at a bound: a bomb costs no more than an honest body.</summary>
internal static class BodyDecoder
{
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
    /// for more; a gzip one does, in case another follows, but its last four bytes are its length (RFC 1952, ISIZE). Several
    /// gzip streams in one body, which no client sends, count as damaged.
    /// </summary>
    private static bool IsWhole(BodyEncoding encoding, ReadOnlySpan<byte> encoded, EndObserver source, int total) =>
        encoding == BodyEncoding.Gzip
            ? encoded.Length >= 18 && BinaryPrimitives.ReadUInt32LittleEndian(encoded[^4..]) == (uint)total
            : !source.WasReadBeyondEnd;

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
