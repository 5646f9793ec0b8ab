using System.Buffers.Binary;

namespace Personalization.Features.Pipeline.Training;

/// <summary>
/// Rows on their way to a training set: what is known of them stands in a file, since whether a row may stay and what came of it is only known
/// at the end. One cell after the other: whether it is there (1 byte), then its value, a text behind its length.
/// </summary>
internal sealed class RowSpool(string path) : IDisposable
{
    private readonly FileStream _file = new(path, FileMode.CreateNew, FileAccess.ReadWrite, FileShare.None, bufferSize: 1 << 16);

    public void PutNone() => _file.WriteByte(0);

    public void PutNone(int times)
    {
        for (var i = 0; i < times; i++)
        {
            PutNone();
        }
    }

    public void Put(bool value)
    {
        _file.WriteByte(1);
        _file.WriteByte(value ? (byte)1 : (byte)0);
    }

    public void Put(long value)
    {
        Span<byte> cell = stackalloc byte[9];
        cell[0] = 1;
        BinaryPrimitives.WriteInt64LittleEndian(cell[1..], value);
        _file.Write(cell);
    }

    /// <summary>Not a number is no value.</summary>
    public void Put(double value)
    {
        if (!double.IsFinite(value))
        {
            PutNone();
            return;
        }

        Put(BitConverter.DoubleToInt64Bits(value));
    }

    /// <summary>An empty text is no value.</summary>
    public void Put(ReadOnlySpan<byte> text)
    {
        if (text.IsEmpty)
        {
            PutNone();
            return;
        }

        Span<byte> head = stackalloc byte[5];
        head[0] = 1;
        BinaryPrimitives.WriteInt32LittleEndian(head[1..], text.Length);
        _file.Write(head);
        _file.Write(text);
    }

    /// <summary>From the first row on.</summary>
    public void Rewind()
    {
        _file.Flush();
        _file.Position = 0;
    }

    /// <summary>The next cell as its bytes; null when it has no value. The array is the caller's.</summary>
    public byte[]? Take(ColumnType type)
    {
        if (_file.ReadByte() == 0)
        {
            return null;
        }

        Span<byte> length = stackalloc byte[4];
        var bytes = 8;
        if (type == ColumnType.Boolean)
        {
            bytes = 1;
        }
        else if (type == ColumnType.ByteArray)
        {
            _file.ReadExactly(length);
            bytes = BinaryPrimitives.ReadInt32LittleEndian(length);
        }

        var value = new byte[bytes];
        _file.ReadExactly(value);
        return value;
    }

    public void Dispose() => _file.Dispose();
}
