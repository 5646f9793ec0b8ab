using System.Buffers;
using System.Buffers.Binary;
using Personalization.Decisioning.Domain.Bandits;
using Personalization.Kernel.Log;

namespace Personalization.Decisioning.Pipeline.Bandits;

/// <summary>What happened to a ranked event. Stored by number: numbers stay.</summary>
internal enum BanditAction : byte
{
    /// <summary>The place of an erased entry.</summary>
    None,
    Rank,
    Activate,
    Reward,
}

/// <summary>
/// A rank, its activation or its reward in the log: version, action, flags, time, key of the event, then a float (probability or reward), and
/// of a rank the number of context features and all features of the chosen action. Little-endian.
/// </summary>
internal sealed class BanditEntry : LogEntry
{
    public const byte EntryKind = 6;
    private const byte Version = 1;
    private const int FixedBytes = 4 + sizeof(long) + 16 + sizeof(float) + sizeof(int);
    private readonly byte[] _body;

    private BanditEntry(byte[] body) => _body = body;

    public override byte Kind => EntryKind;

    public override int Count => 1;

    public override int ByteCount => _body.Length;

    public BanditAction Action => (BanditAction)_body[1];

    public bool IsDeferred => _body[2] != 0;

    public long AtMs => BinaryPrimitives.ReadInt64LittleEndian(_body.AsSpan(4));

    public UInt128 Key => BinaryPrimitives.ReadUInt128LittleEndian(_body.AsSpan(12));

    /// <summary>Probability of a rank, or value of a reward.</summary>
    public float Value => BinaryPrimitives.ReadSingleLittleEndian(_body.AsSpan(28));

    public Example Example => Example.Read(_body.AsSpan(FixedBytes), BinaryPrimitives.ReadInt32LittleEndian(_body.AsSpan(32)));

    public static BanditEntry Erased => Of(BanditAction.None, default, 0, 0, false, default);

    public static BanditEntry Of(BanditAction action, UInt128 key, long atMs, float value, bool isDeferred = false, Example example = default)
    {
        var body = new byte[FixedBytes + example.ByteCount];
        (body[0], body[1], body[2]) = (Version, (byte)action, isDeferred ? (byte)1 : (byte)0);
        BinaryPrimitives.WriteInt64LittleEndian(body.AsSpan(4), atMs);
        BinaryPrimitives.WriteUInt128LittleEndian(body.AsSpan(12), key);
        BinaryPrimitives.WriteSingleLittleEndian(body.AsSpan(28), value);
        BinaryPrimitives.WriteInt32LittleEndian(body.AsSpan(32), example.Context.Length);
        example.WriteTo(body.AsSpan(FixedBytes));
        return new BanditEntry(body);
    }

    /// <exception cref="InvalidDataException">The body is not one of ours, or of a later version.</exception>
    public static BanditEntry Read(ReadOnlySpan<byte> body)
    {
        if (body.Length < FixedBytes || body[0] != Version || (body.Length - FixedBytes) % 8 != 0
            || (uint)BinaryPrimitives.ReadInt32LittleEndian(body[32..]) > (body.Length - FixedBytes) / 8)
        {
            throw new InvalidDataException($"A ranked event of {body.Length} bytes is of version {(body.IsEmpty ? 0 : body[0])}; this program reads {Version}.");
        }

        return new BanditEntry(body.ToArray());
    }

    public override void WriteTo(IBufferWriter<byte> output) => output.Write(_body);

    /// <summary>The collector takes it.</summary>
    protected override void OnReleased()
    {
    }
}
