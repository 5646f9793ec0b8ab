using System.Runtime.CompilerServices;

namespace Personalization.Features.Domain.Declared;

/// <summary>Writes numbers in as few bytes as they need: seven bits a byte, the lowest first.</summary>
internal ref struct ByteWriter(Span<byte> room)
{
    private readonly Span<byte> _room = room;

    public int Length { get; private set; }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Write(ulong value)
    {
        while (value >= 0x80)
        {
            _room[Length++] = (byte)(value | 0x80);
            value >>= 7;
        }

        _room[Length++] = (byte)value;
    }

    public void Write(UInt128 value)
    {
        while (value >= 0x80)
        {
            _room[Length++] = (byte)((byte)value | 0x80);
            value >>= 7;
        }

        _room[Length++] = (byte)value;
    }

    /// <summary>Small numbers of either sign in few bytes.</summary>
    public void WriteSigned(long value) => Write((ulong)((value << 1) ^ (value >> 63)));

    /// <summary>The same of 128 bits.</summary>
    public void WriteSigned(Int128 value) => Write((UInt128)((value << 1) ^ (value >> 127)));

    public void Write(scoped ReadOnlySpan<byte> bytes)
    {
        bytes.CopyTo(_room[Length..]);
        Length += bytes.Length;
    }
}

/// <summary>Reads what <see cref="ByteWriter"/> wrote.</summary>
internal ref struct ByteReader(ReadOnlySpan<byte> bytes)
{
    private readonly ReadOnlySpan<byte> _bytes = bytes;
    private int _position;

    public readonly bool IsAtEnd => _position == _bytes.Length;

    public readonly int Position => _position;

    public readonly ReadOnlySpan<byte> Rest => _bytes[_position..];

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public ulong Read()
    {
        ulong first = _bytes[_position++];
        return first < 0x80 ? first : ReadLong(first & 0x7F);
    }

    public Int128 ReadSigned128()
    {
        UInt128 value = 0;
        var shift = 0;
        byte next;
        do
        {
            next = _bytes[_position++];
            value |= (UInt128)(next & 0x7Fu) << shift;
            shift += 7;
        }
        while (next >= 0x80);
        return (Int128)(value >> 1) ^ -(Int128)(value & 1);
    }

    public long ReadSigned()
    {
        var value = Read();
        return (long)(value >> 1) ^ -(long)(value & 1);
    }

    public ReadOnlySpan<byte> Take(int count)
    {
        var taken = _bytes.Slice(_position, count);
        _position += count;
        return taken;
    }

    private ulong ReadLong(ulong value)
    {
        for (var shift = 7; ; shift += 7)
        {
            ulong next = _bytes[_position++];
            value |= (next & 0x7F) << shift;
            if (next < 0x80)
            {
                return value;
            }
        }
    }
}
