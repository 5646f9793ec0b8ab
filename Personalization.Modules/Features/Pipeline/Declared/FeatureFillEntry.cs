using System.Buffers;
using System.Buffers.Binary;
using Personalization.Kernel.Log;

namespace Personalization.Features.Pipeline.Declared;

/// <summary>
/// At this place of the log versions of features take in a piece of it that lies before them. A version byte and three numbers, little-endian.
/// </summary>
internal sealed class FeatureFillEntry(long atMs, long fromOffset, long endOffset) : LogEntry
{
    public const byte EntryKind = 12;
    private const byte Version = 1;
    private const int Bytes = 1 + (3 * sizeof(long));

    /// <summary>Our clock, Unix ms.</summary>
    public long AtMs => atMs;

    /// <summary>Versions that have taken in what lies before this take in the piece.</summary>
    public long FromOffset => fromOffset;

    public long EndOffset => endOffset;

    public override byte Kind => EntryKind;

    public override int Count => 1;

    public override int ByteCount => Bytes;

    /// <exception cref="InvalidDataException">The body is not one of ours, or of a later version.</exception>
    public static FeatureFillEntry Read(ReadOnlySpan<byte> body) =>
        body.Length == Bytes && body[0] == Version
            ? new FeatureFillEntry(Number(body, 0), Number(body, 1), Number(body, 2))
            : throw new InvalidDataException($"A piece to take in, of {body.Length} bytes, is of version {(body.IsEmpty ? 0 : body[0])}; this program reads {Version}.");

    public override void WriteTo(IBufferWriter<byte> output)
    {
        var body = output.GetSpan(Bytes);
        body[0] = Version;
        BinaryPrimitives.WriteInt64LittleEndian(body[1..], atMs);
        BinaryPrimitives.WriteInt64LittleEndian(body[(1 + sizeof(long))..], fromOffset);
        BinaryPrimitives.WriteInt64LittleEndian(body[(1 + (2 * sizeof(long)))..], endOffset);
        output.Advance(Bytes);
    }

    /// <summary>Ten a second at most; the collector takes them.</summary>
    protected override void OnReleased()
    {
    }

    private static long Number(ReadOnlySpan<byte> body, int place) => BinaryPrimitives.ReadInt64LittleEndian(body[(1 + (place * sizeof(long)))..]);
}
