using System.Buffers.Binary;
using System.Text;

namespace Personalization.Decisioning.Domain.Journal;

/// <summary>Reads what a <see cref="RecordBuffer"/> wrote.</summary>
internal ref struct RecordReader(ReadOnlySpan<byte> bytes)
{
    private readonly ReadOnlySpan<byte> _bytes = bytes;
    private int _place;

    public byte Byte() => Take(1)[0];

    public long Number()
    {
        var value = Unsigned();
        return (long)(value >> 1) ^ -(long)(value & 1);
    }

    public ulong Unsigned()
    {
        var (value, shift) = (0UL, 0);
        while (true)
        {
            var next = Byte();
            value |= (ulong)(next & 0x7F) << shift;
            if (next < 0x80)
            {
                return value;
            }

            shift += 7;
            if (shift > 63)
            {
                throw new InvalidDataException("A number in a decision's record does not end.");
            }
        }
    }

    /// <summary>How many of something follow.</summary>
    /// <exception cref="InvalidDataException">More than there can be.</exception>
    public int Count(int most) => Unsigned() is var count && count <= (ulong)most
        ? (int)count
        : throw new InvalidDataException($"A decision's record speaks of {count} where at most {most} can be.");

    public float Single() => BinaryPrimitives.ReadSingleLittleEndian(Take(sizeof(float)));

    public Guid Id() => new(Take(16));

    public string? Text()
    {
        var length = Count(1024);
        return length == 0 ? null : Encoding.UTF8.GetString(Take(length - 1));
    }

    private ReadOnlySpan<byte> Take(int count)
    {
        if (_place + count > _bytes.Length)
        {
            throw new InvalidDataException("A decision's record ends early.");
        }

        var taken = _bytes.Slice(_place, count);
        _place += count;
        return taken;
    }
}
