using System.Buffers;
using Personalization.Features.Domain;
using Personalization.Kernel.Log;

namespace Personalization.Features.Pipeline;

/// <summary>
/// Catalogue changes of one request, or of one part of it, in the log: a version byte and the changes one after the other.
/// </summary>
internal sealed class CatalogEntry : LogEntry
{
    public const byte EntryKind = 2;
    private const byte Version = 1;
    private readonly ReadOnlyMemory<byte> _body;

    public CatalogEntry(CatalogChange[] changes)
    {
        var body = new ArrayBufferWriter<byte>(changes.Length * 128);
        Write(changes, body);
        Changes = changes;
        _body = body.WrittenMemory;
    }

    public CatalogChange[] Changes { get; }

    public override byte Kind => EntryKind;

    public override int Count => Changes.Length;

    public override int ByteCount => _body.Length;

    /// <exception cref="InvalidDataException">The body is not one of ours, or of a later version.</exception>
    public static CatalogEntry Read(int count, ReadOnlySpan<byte> body)
    {
        if (body.IsEmpty || body[0] != Version)
        {
            throw new InvalidDataException($"A catalogue entry of {body.Length} bytes is not of version {Version}.");
        }

        var changes = new CatalogChange[count];
        var rest = body[1..];
        for (var i = 0; i < count; i++)
        {
            changes[i] = CatalogChange.Read(ref rest);
        }

        return rest.IsEmpty
            ? new CatalogEntry(changes)
            : throw new InvalidDataException($"A catalogue entry of {count} changes holds {rest.Length} bytes more.");
    }

    public static void Write(CatalogChange[] changes, IBufferWriter<byte> output)
    {
        CatalogItemCodec.WriteByte(Version, output);
        foreach (var change in changes)
        {
            change.Write(output);
        }
    }

    public override void WriteTo(IBufferWriter<byte> output) => output.Write(_body.Span);

    /// <summary>Uploads are rare; the collector takes them.</summary>
    protected override void OnReleased()
    {
    }
}
