using System.Buffers;
using System.Buffers.Binary;
using Personalization.Kernel.Log;

namespace Personalization.Tracking.Pipeline.Clock;

/// <summary>A tick: our clock at a place of the log where nothing else tells the time. A version byte and Unix ms, little-endian.</summary>
internal sealed class ClockEntry(long timeMs) : LogEntry
{
    public const byte EntryKind = 4;
    private const byte Version = 1;
    private const int Bytes = 1 + sizeof(long);

    public long TimeMs => timeMs;

    public override byte Kind => EntryKind;

    public override int Count => 1;

    public override int ByteCount => Bytes;

    /// <exception cref="InvalidDataException">The body is not one of ours, or of a later version.</exception>
    public static ClockEntry Read(ReadOnlySpan<byte> body) =>
        body.Length == Bytes && body[0] == Version
            ? new ClockEntry(BinaryPrimitives.ReadInt64LittleEndian(body[1..]))
            : throw new InvalidDataException($"A tick of {body.Length} bytes is of version {(body.IsEmpty ? 0 : body[0])}; this program reads {Version}.");

    public override void WriteTo(IBufferWriter<byte> output)
    {
        var body = output.GetSpan(Bytes);
        body[0] = Version;
        BinaryPrimitives.WriteInt64LittleEndian(body[1..], timeMs);
        output.Advance(Bytes);
    }

    /// <summary>At most some a second; the collector takes them.</summary>
    protected override void OnReleased()
    {
    }
}
