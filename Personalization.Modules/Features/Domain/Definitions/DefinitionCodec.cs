using System.Buffers.Binary;
using System.Text;
using System.Text.Json;

namespace Personalization.Features.Domain.Definitions;

/// <summary>
/// Bytes of a change, in the log and in checkpoints: a version byte, action, version, time, offset, then kind, id, actor and body with their
/// lengths. Little-endian.
/// </summary>
internal static class DefinitionCodec
{
    private const byte Format = 1;
    private const int FixedBytes = 2 + sizeof(int) + sizeof(long) + sizeof(long);

    public static byte[] Write(DefinitionChange change)
    {
        byte[][] texts =
        [
            Encoding.UTF8.GetBytes(change.Kind),
            Encoding.UTF8.GetBytes(change.Id),
            Encoding.UTF8.GetBytes(change.Actor),
            change.Body.ValueKind == JsonValueKind.Undefined ? [] : Encoding.UTF8.GetBytes(change.Body.GetRawText()),
        ];
        var body = new byte[FixedBytes + texts.Sum(text => sizeof(int) + text.Length)];
        body[0] = Format;
        body[1] = (byte)change.Action;
        BinaryPrimitives.WriteInt32LittleEndian(body.AsSpan(2), change.Version);
        BinaryPrimitives.WriteInt64LittleEndian(body.AsSpan(6), change.AtMs);
        BinaryPrimitives.WriteInt64LittleEndian(body.AsSpan(14), change.Offset);
        var rest = body.AsSpan(FixedBytes);
        foreach (var text in texts)
        {
            BinaryPrimitives.WriteInt32LittleEndian(rest, text.Length);
            text.CopyTo(rest[sizeof(int)..]);
            rest = rest[(sizeof(int) + text.Length)..];
        }

        return body;
    }

    /// <exception cref="InvalidDataException">The body is not one of ours, or of a later version.</exception>
    public static DefinitionChange Read(ReadOnlySpan<byte> body)
    {
        if (body.Length < FixedBytes || body[0] != Format)
        {
            throw new InvalidDataException($"A definition of {body.Length} bytes is of version {(body.IsEmpty ? 0 : body[0])}; this program reads {Format}.");
        }

        var rest = body[FixedBytes..];
        var (kind, id, actor) = (Text(Take(ref rest)), Text(Take(ref rest)), Text(Take(ref rest)));
        var json = Take(ref rest);
        return new DefinitionChange(
            kind,
            id,
            (DefinitionAction)body[1],
            BinaryPrimitives.ReadInt32LittleEndian(body[2..]),
            json.IsEmpty ? default : Parse(json),
            actor,
            BinaryPrimitives.ReadInt64LittleEndian(body[6..]),
            BinaryPrimitives.ReadInt64LittleEndian(body[14..]));
    }

    private static JsonElement Parse(ReadOnlySpan<byte> json)
    {
        try
        {
            return JsonElement.Parse(json);
        }
        catch (JsonException error)
        {
            throw new InvalidDataException("A definition holds no JSON.", error);
        }
    }

    private static ReadOnlySpan<byte> Take(ref ReadOnlySpan<byte> rest)
    {
        var length = rest.Length < sizeof(int) ? -1 : BinaryPrimitives.ReadInt32LittleEndian(rest);
        if (length < 0 || length > rest.Length - sizeof(int))
        {
            throw new InvalidDataException("A definition is cut short.");
        }

        var taken = rest.Slice(sizeof(int), length);
        rest = rest[(sizeof(int) + length)..];
        return taken;
    }

    private static string Text(ReadOnlySpan<byte> text) => Encoding.UTF8.GetString(text);
}
