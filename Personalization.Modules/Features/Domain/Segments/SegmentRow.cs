using System.Text;
using System.Text.Json;
using Personalization.Features.Domain.Definitions;

namespace Personalization.Features.Domain.Segments;

/// <summary>A segment as a row: which versions there are, with their definitions. Members are rows of their own.</summary>
internal static class SegmentRow
{
    private const byte Format = 1;

    public static byte[] Write(Segment segment)
    {
        using var buffer = new MemoryStream(512);
        using var writer = new BinaryWriter(buffer, Encoding.UTF8);
        writer.Write(Format);
        writer.Write(segment.Id);
        writer.Write(segment.Live is not null);
        if (segment.Live is { } live)
        {
            Write(writer, live);
        }

        writer.Write((byte)segment.Prepared.Length);
        foreach (var prepared in segment.Prepared)
        {
            Write(writer, prepared);
        }

        writer.Flush();
        return buffer.ToArray();
    }

    /// <exception cref="InvalidDataException">The row is of a later version, or its definition cannot be read any more.</exception>
    public static Segment Read(int number, byte[] row)
    {
        using var reader = new BinaryReader(new MemoryStream(row, writable: false), Encoding.UTF8);
        if (reader.ReadByte() is var format && format != Format)
        {
            throw new InvalidDataException($"The row of a segment has version {format}; this program reads {Format}.");
        }

        var id = reader.ReadString();
        var live = reader.ReadBoolean() ? ReadVersion(reader, id) : null;
        var prepared = Enumerable.Range(0, reader.ReadByte()).Select(_ => ReadVersion(reader, id)).ToList();
        live?.Filled();
        return new Segment(number, id, live, [.. prepared]);
    }

    private static void Write(BinaryWriter writer, SegmentVersion version)
    {
        writer.Write(version.Slot);
        writer.Write(version.Number);
        writer.Write(version.IsTimed);
        writer.Write(version.Definition.Body.GetRawText());
    }

    private static SegmentVersion ReadVersion(BinaryReader reader, string id)
    {
        var (slot, number, isTimed) = (reader.ReadInt32(), reader.ReadInt32(), reader.ReadBoolean());
        using var body = JsonDocument.Parse(reader.ReadString());
        var faults = new List<DefinitionFault>();
        return SegmentReader.Read(body.RootElement, faults) is { } definition
            ? new SegmentVersion(slot, id, number, definition) { IsTimed = isTimed }
            : throw new InvalidDataException($"Version {number} of segment '{id}' cannot be read: {faults[0].Path} {faults[0].Message}");
    }
}
