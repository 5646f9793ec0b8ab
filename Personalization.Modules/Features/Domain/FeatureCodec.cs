using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace Personalization.Features.Domain;

/// <summary>
/// Writes values and short lists as their bytes. The same state always gives the same bytes, so encodings can be compared.
/// Little-endian machines only, like the rest of the files.
/// </summary>
internal ref struct FeatureEncoder(Span<byte> room)
{
    private readonly Span<byte> _room = room;

    public int Length { get; private set; }

    public void Write<T>(in T value)
        where T : unmanaged
    {
        MemoryMarshal.Write(_room[Length..], value);
        Length += Unsafe.SizeOf<T>();
    }

    public void WriteList<T>(ReadOnlySpan<T> values)
        where T : unmanaged
    {
        Write((byte)values.Length);
        var bytes = MemoryMarshal.AsBytes(values);
        bytes.CopyTo(_room[Length..]);
        Length += bytes.Length;
    }
}

/// <summary>Reads what <see cref="FeatureEncoder"/> wrote.</summary>
internal ref struct FeatureDecoder(ReadOnlySpan<byte> bytes)
{
    private ReadOnlySpan<byte> _rest = bytes;

    public T Read<T>()
        where T : unmanaged
    {
        var value = MemoryMarshal.Read<T>(_rest);
        _rest = _rest[Unsafe.SizeOf<T>()..];
        return value;
    }

    public ReadOnlySpan<T> ReadList<T>()
        where T : unmanaged
    {
        var length = Read<byte>() * Unsafe.SizeOf<T>();
        var values = MemoryMarshal.Cast<byte, T>(_rest[..length]);
        _rest = _rest[length..];
        return values;
    }
}
