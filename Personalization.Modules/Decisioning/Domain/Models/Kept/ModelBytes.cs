using System.Buffers;
using System.Buffers.Binary;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Text;

namespace Personalization.Decisioning.Domain.Models.Kept;

/// <summary>Writes the numbers of a model one after the other, little-endian, lists with their length before them.</summary>
internal sealed class ModelWriter
{
    private readonly ArrayBufferWriter<byte> _bytes = new();

    public ModelWriter Number(long number)
    {
        Span<byte> bytes = stackalloc byte[sizeof(long)];
        BinaryPrimitives.WriteInt64LittleEndian(bytes, number);
        _bytes.Write(bytes);
        return this;
    }

    public ModelWriter Text(string text) => List<byte>(Encoding.UTF8.GetBytes(text));

    public ModelWriter List<T>(ReadOnlySpan<T> values)
        where T : unmanaged
    {
        Number(values.Length);
        _bytes.Write(MemoryMarshal.AsBytes(values));
        return this;
    }

    public byte[] ToBytes() => _bytes.WrittenSpan.ToArray();
}

/// <summary>Reads them back, and never beyond the end.</summary>
internal ref struct ModelReader(ReadOnlySpan<byte> bytes)
{
    private ReadOnlySpan<byte> _rest = bytes;

    public readonly bool IsAtEnd => _rest.IsEmpty;

    /// <exception cref="InvalidDataException">The model ends early.</exception>
    public long Number() => BinaryPrimitives.ReadInt64LittleEndian(Take(sizeof(long)));

    public int Int() => Number() is var number and >= int.MinValue and <= int.MaxValue ? (int)number : throw Damaged();

    public string Text() => Encoding.UTF8.GetString(List<byte>());

    public T[] List<T>()
        where T : unmanaged
    {
        var count = Number();
        return count >= 0 && count <= _rest.Length / Unsafe.SizeOf<T>() ? MemoryMarshal.Cast<byte, T>(Take((int)count * Unsafe.SizeOf<T>())).ToArray() : throw Damaged();
    }

    private static InvalidDataException Damaged() => new("It ends early, or has more in it than it can have.");

    private ReadOnlySpan<byte> Take(int count)
    {
        if (count > _rest.Length)
        {
            throw Damaged();
        }

        var taken = _rest[..count];
        _rest = _rest[count..];
        return taken;
    }
}
