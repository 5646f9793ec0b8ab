using System.Buffers;
using System.Buffers.Binary;
using System.Text;
using Personalization.Identity.Domain;
using Personalization.Kernel.Log;

namespace Personalization.Identity.Pipeline;

/// <summary>
/// One administrative change of the graph in the log: a version byte, kind, flags, time, both profiles, the keys, then actor and reason with
/// their lengths. Little-endian.
/// </summary>
internal sealed class IdentityChangeEntry : LogEntry
{
    public const byte EntryKind = 3;
    private const byte Version = 1;
    private const int RefBytes = sizeof(int) + 16;
    private const int FixedBytes = 3 + sizeof(long) + (2 * RefBytes) + sizeof(ushort);
    private const int KeyBytes = 17;
    private readonly byte[] _body;

    public IdentityChangeEntry(IdentityChange change)
    {
        Change = change;
        _body = Encode(change);
    }

    public IdentityChange Change { get; }

    public override byte Kind => EntryKind;

    public override int Count => 1;

    public override int ByteCount => _body.Length;

    /// <exception cref="InvalidDataException">The body is not one of ours, or of a later version.</exception>
    public static IdentityChangeEntry Read(ReadOnlySpan<byte> body)
    {
        if (body.Length < FixedBytes || body[0] != Version)
        {
            throw new InvalidDataException($"A change of identity of {body.Length} bytes is of version {(body.IsEmpty ? 0 : body[0])}; this program reads {Version}.");
        }

        var kind = (IdentityChangeKind)body[1];
        var isForced = body[2] != 0;
        var atMs = BinaryPrimitives.ReadInt64LittleEndian(body[3..]);
        var rest = body[11..];
        var profile = ReadRef(ref rest);
        var other = ReadRef(ref rest);
        var keys = new IdentifierKey[BinaryPrimitives.ReadUInt16LittleEndian(rest)];
        rest = rest[sizeof(ushort)..];
        if (rest.Length < keys.Length * KeyBytes)
        {
            throw new InvalidDataException("A change of identity is cut short.");
        }

        for (var i = 0; i < keys.Length; i++, rest = rest[KeyBytes..])
        {
            keys[i] = new IdentifierKey(BinaryPrimitives.ReadUInt128LittleEndian(rest), rest[16] != 0);
        }

        return new IdentityChangeEntry(new IdentityChange(kind, profile, other, keys, isForced, atMs, ReadText(ref rest), ReadText(ref rest)));
    }

    public override void WriteTo(IBufferWriter<byte> output) => output.Write(_body);

    /// <summary>Such changes are rare; the collector takes them.</summary>
    protected override void OnReleased()
    {
    }

    private static byte[] Encode(IdentityChange change)
    {
        var actor = Encoding.UTF8.GetBytes(change.Actor);
        var reason = Encoding.UTF8.GetBytes(change.Reason);
        var body = new byte[FixedBytes + (change.Keys.Length * KeyBytes) + sizeof(ushort) + actor.Length + sizeof(ushort) + reason.Length];
        body[0] = Version;
        body[1] = (byte)change.Kind;
        body[2] = change.IsForced ? (byte)1 : (byte)0;
        BinaryPrimitives.WriteInt64LittleEndian(body.AsSpan(3), change.AtMs);
        var rest = body.AsSpan(11);
        WriteRef(change.Profile, ref rest);
        WriteRef(change.Other, ref rest);
        BinaryPrimitives.WriteUInt16LittleEndian(rest, checked((ushort)change.Keys.Length));
        rest = rest[sizeof(ushort)..];
        foreach (var key in change.Keys)
        {
            BinaryPrimitives.WriteUInt128LittleEndian(rest, key.Key);
            rest[16] = key.IsUser ? (byte)1 : (byte)0;
            rest = rest[KeyBytes..];
        }

        WriteText(actor, ref rest);
        WriteText(reason, ref rest);
        return body;
    }

    private static ProfileRef ReadRef(ref ReadOnlySpan<byte> rest)
    {
        var read = new ProfileRef(BinaryPrimitives.ReadInt32LittleEndian(rest), BinaryPrimitives.ReadUInt128LittleEndian(rest[sizeof(int)..]));
        rest = rest[RefBytes..];
        return read;
    }

    private static void WriteRef(ProfileRef written, ref Span<byte> rest)
    {
        BinaryPrimitives.WriteInt32LittleEndian(rest, written.Number);
        BinaryPrimitives.WriteUInt128LittleEndian(rest[sizeof(int)..], written.Key);
        rest = rest[RefBytes..];
    }

    private static string ReadText(ref ReadOnlySpan<byte> rest)
    {
        var length = rest.Length < sizeof(ushort) ? int.MaxValue : BinaryPrimitives.ReadUInt16LittleEndian(rest);
        if (length > rest.Length - sizeof(ushort))
        {
            throw new InvalidDataException("A change of identity is cut short.");
        }

        var text = Encoding.UTF8.GetString(rest.Slice(sizeof(ushort), length));
        rest = rest[(sizeof(ushort) + length)..];
        return text;
    }

    private static void WriteText(byte[] text, ref Span<byte> rest)
    {
        BinaryPrimitives.WriteUInt16LittleEndian(rest, checked((ushort)text.Length));
        text.CopyTo(rest[sizeof(ushort)..]);
        rest = rest[(sizeof(ushort) + text.Length)..];
    }
}
