using System.Buffers;
using Personalization.Features.Domain;
using Personalization.Kernel.Log;

namespace Personalization.Features.Pipeline;

/// <summary>
/// Catalogue changes of one request, or of one part of it, in the log: a version byte and the changes one after the other. Captured changes
/// carry their source, in the second version; entries without any are written in the first.
/// </summary>
internal sealed class CatalogEntry : LogEntry
{
    public const byte EntryKind = 2;
    private const byte Version = 1;
    private const byte VersionWithSources = 2;
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
        if (body.IsEmpty || body[0] is not (Version or VersionWithSources))
        {
            throw new InvalidDataException($"A catalogue entry of {body.Length} bytes is of version {(body.IsEmpty ? 0 : body[0])}, which this build does not know.");
        }

        var changes = new CatalogChange[count];
        var rest = body[1..];
        for (var i = 0; i < count; i++)
        {
            changes[i] = ReadChange(body[0], ref rest);
        }

        return rest.IsEmpty
            ? new CatalogEntry(changes)
            : throw new InvalidDataException($"A catalogue entry of {count} changes holds {rest.Length} bytes more.");
    }

    public static void Write(CatalogChange[] changes, IBufferWriter<byte> output)
    {
        var isCaptured = Array.Exists(changes, change => change.Source is not null);
        CatalogItemCodec.WriteByte(isCaptured ? VersionWithSources : Version, output);
        foreach (var change in changes)
        {
            change.Write(output);
            if (isCaptured)
            {
                change.WriteSource(output);
            }
        }
    }

    /// <summary>The change at the start of <paramref name="rest"/>, which then starts behind it.</summary>
    public static CatalogChange ReadChange(byte version, ref ReadOnlySpan<byte> rest)
    {
        var change = CatalogChange.Read(ref rest);
        return version == Version ? change : change.WithSource(ref rest);
    }

    public override void WriteTo(IBufferWriter<byte> output) => output.Write(_body.Span);

    /// <summary>Uploads are rare; the collector takes them.</summary>
    protected override void OnReleased()
    {
    }
}
