using System.Buffers.Binary;
using System.Security.Cryptography;

namespace Personalization.Decisioning.Domain.Candidates;

/// <summary>
/// Makes ids of version 7 (RFC 9562) as <see cref="Guid.CreateVersion7()"/> does, with as much chance in them; but the system is asked for chance once for many
/// ids, for that takes longer than the id. One thread at a time.
/// </summary>
internal sealed class DecisionIds
{
    private const int Bytes = 16;
    private readonly byte[] _chance = new byte[Bytes * 64];
    private int _used = Bytes * 64;

    public Guid Next(DateTimeOffset now)
    {
        if (_used == _chance.Length)
        {
            RandomNumberGenerator.Fill(_chance);
            _used = 0;
        }

        var id = _chance.AsSpan(_used, Bytes);
        _used += Bytes;
        var ms = now.ToUnixTimeMilliseconds();
        BinaryPrimitives.WriteUInt16BigEndian(id, (ushort)(ms >> 32));
        BinaryPrimitives.WriteUInt32BigEndian(id[2..], (uint)ms);
        id[6] = (byte)(0x70 | (id[6] & 0x0f));
        id[8] = (byte)(0x80 | (id[8] & 0x3f));
        return new Guid(id, bigEndian: true);
    }
}
