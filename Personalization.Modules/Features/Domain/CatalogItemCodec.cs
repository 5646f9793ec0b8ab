using System.Buffers;
using System.Buffers.Binary;
using System.Text;
using Personalization.Features.Contracts;

namespace Personalization.Features.Domain;

/// <summary>
/// An item as bytes, in the log and in checkpoints: the id, a bit for each further field that is there, then those fields. Texts
/// are UTF-8 behind their length (4 bytes), a price is the four words of a decimal. Term numbers are not written: they
/// follow from the texts.
/// </summary>
internal static class CatalogItemCodec
{
    public static void Write(CatalogItem item, IBufferWriter<byte> output)
    {
        WriteText(item.Id, output);
        WriteByte((byte)FieldsOf(item), output);
        WriteOptional(item.Name, output);
        WriteOptional(item.Category, output);
        WriteOptional(item.Brand, output);
        WriteOptional(item.Url, output);
        WriteOptional(item.ImageUrl, output);
        WriteOptional(item.Attributes, output);
        if (item.Price is { } price)
        {
            foreach (var word in decimal.GetBits(price))
            {
                WriteInt(word, output);
            }
        }

        if (item.Stock is { } stock)
        {
            WriteInt(stock, output);
        }
    }

    /// <summary>The item at the start of <paramref name="bytes"/>, which then starts behind it.</summary>
    public static CatalogItem Read(ref ReadOnlySpan<byte> bytes)
    {
        var id = ReadText(ref bytes);
        var fields = (Fields)ReadByte(ref bytes);
        return new CatalogItem
        {
            Id = id,
            Name = ReadOptional(fields, Fields.Name, ref bytes),
            Category = ReadOptional(fields, Fields.Category, ref bytes),
            Brand = ReadOptional(fields, Fields.Brand, ref bytes),
            Url = ReadOptional(fields, Fields.Url, ref bytes),
            ImageUrl = ReadOptional(fields, Fields.ImageUrl, ref bytes),
            Attributes = ReadOptional(fields, Fields.Attributes, ref bytes),
            Price = (fields & Fields.Price) != Fields.None
                ? new decimal([ReadInt(ref bytes), ReadInt(ref bytes), ReadInt(ref bytes), ReadInt(ref bytes)])
                : null,
            Stock = (fields & Fields.Stock) != Fields.None ? ReadInt(ref bytes) : null,
        };
    }

    public static void WriteByte(byte value, IBufferWriter<byte> output)
    {
        output.GetSpan(1)[0] = value;
        output.Advance(1);
    }

    public static byte ReadByte(ref ReadOnlySpan<byte> bytes)
    {
        var value = bytes[0];
        bytes = bytes[1..];
        return value;
    }

    public static void WriteText(string text, IBufferWriter<byte> output)
    {
        var length = Encoding.UTF8.GetByteCount(text);
        WriteInt(length, output);
        output.Advance(Encoding.UTF8.GetBytes(text, output.GetSpan(length)));
    }

    public static string ReadText(ref ReadOnlySpan<byte> bytes)
    {
        var length = ReadInt(ref bytes);
        var text = Encoding.UTF8.GetString(bytes[..length]);
        bytes = bytes[length..];
        return text;
    }

    private static Fields FieldsOf(CatalogItem item) =>
        When(item.Name is not null, Fields.Name) |
        When(item.Category is not null, Fields.Category) |
        When(item.Brand is not null, Fields.Brand) |
        When(item.Url is not null, Fields.Url) |
        When(item.ImageUrl is not null, Fields.ImageUrl) |
        When(item.Attributes is not null, Fields.Attributes) |
        When(item.Price is not null, Fields.Price) |
        When(item.Stock is not null, Fields.Stock);

    private static Fields When(bool isThere, Fields field) => isThere ? field : Fields.None;

    private static void WriteOptional(string? text, IBufferWriter<byte> output)
    {
        if (text is not null)
        {
            WriteText(text, output);
        }
    }

    private static string? ReadOptional(Fields fields, Fields field, ref ReadOnlySpan<byte> bytes) =>
        (fields & field) != Fields.None ? ReadText(ref bytes) : null;

    private static void WriteInt(int value, IBufferWriter<byte> output)
    {
        BinaryPrimitives.WriteInt32LittleEndian(output.GetSpan(sizeof(int)), value);
        output.Advance(sizeof(int));
    }

    private static int ReadInt(ref ReadOnlySpan<byte> bytes)
    {
        var value = BinaryPrimitives.ReadInt32LittleEndian(bytes);
        bytes = bytes[sizeof(int)..];
        return value;
    }

    /// <summary>Stored: the bits stay as they are.</summary>
    [Flags]
    private enum Fields : byte
    {
        None = 0,
        Name = 1,
        Category = 2,
        Brand = 4,
        Url = 8,
        ImageUrl = 16,
        Attributes = 32,
        Price = 64,
        Stock = 128,
    }
}
