using System.Buffers.Binary;

namespace Personalization.Features.Pipeline.Training;

/// <summary>
/// A column in files of its own, with the physical types of Parquet but not in its file format: values one after the other, little-endian
/// (<c>.boolean</c> 1 byte, <c>.int64</c> and <c>.double</c> 8; texts as UTF-8 in <c>.bytes</c>, where each ends in <c>.ends</c> as 8 bytes), and in <c>.present</c>
/// 1 byte a row: 0 where there is no value, and zeros or nothing stand in its place.
/// </summary>
internal sealed class ColumnFiles : IDisposable
{
    private readonly ColumnType _type;
    private readonly FileStream _values;
    private readonly FileStream _present;
    private readonly FileStream? _ends;

    public ColumnFiles(string folder, TrainingColumn column)
    {
        _type = column.Type;
        _values = Create(folder, column.Name, ExtensionOf(column.Type));
        _present = Create(folder, column.Name, ".present");
        _ends = column.Type == ColumnType.ByteArray ? Create(folder, column.Name, ".ends") : null;
    }

    public static string ExtensionOf(ColumnType type) => type switch
    {
        ColumnType.Boolean => ".boolean",
        ColumnType.Int64 => ".int64",
        ColumnType.Double => ".double",
        _ => ".bytes",
    };

    public void Add(byte[]? value)
    {
        _present.WriteByte(value is null ? (byte)0 : (byte)1);
        if (value is not null)
        {
            _values.Write(value);
        }
        else if (_type != ColumnType.ByteArray)
        {
            ReadOnlySpan<byte> nothing = stackalloc byte[8];
            _values.Write(nothing[..(_type == ColumnType.Boolean ? 1 : 8)]);
        }

        if (_ends is not null)
        {
            Span<byte> end = stackalloc byte[8];
            BinaryPrimitives.WriteInt64LittleEndian(end, _values.Position);
            _ends.Write(end);
        }
    }

    public void Dispose()
    {
        _values.Dispose();
        _present.Dispose();
        _ends?.Dispose();
    }

    private static FileStream Create(string folder, string name, string extension) =>
        new(Path.Combine(folder, name + extension), FileMode.CreateNew, FileAccess.Write, FileShare.None, bufferSize: 1 << 15);
}
