using System.Buffers;
using Personalization.Features.Contracts;

namespace Personalization.Features.Domain;

/// <summary>What a catalogue change does. Stored: the numbers stay as they are.</summary>
internal enum CatalogChangeKind : byte
{
    /// <summary>Does nothing any more, and keeps its place in the log.</summary>
    None = 0,

    /// <summary>Puts the item in place of what was there.</summary>
    Put = 1,

    /// <summary>Changes price or stock of an item that the catalogue lists.</summary>
    Patch = 2,

    /// <summary>Takes the item off sale until it is put again; its number and its history stay.</summary>
    Withdraw = 3,
}

/// <summary>The fields that a patch sets, to a value or to unknown.</summary>
[Flags]
internal enum PatchedFields : byte
{
    None = 0,
    Price = 1,
    Stock = 2,
}

/// <summary>One change of one item, as it stands in the log.</summary>
/// <param name="Kind">What it does.</param>
/// <param name="Item">The new item; of a patch the id and the fields that it sets; of a withdrawal the id.</param>
/// <param name="Patched">Of a patch: the fields that it sets.</param>
internal sealed record CatalogChange(CatalogChangeKind Kind, CatalogItem Item, PatchedFields Patched = PatchedFields.None)
{
    private static readonly CatalogItem Nothing = new() { Id = "" };

    /// <summary>Holds the place of a change that was taken out.</summary>
    public static CatalogChange Erased { get; } = new(CatalogChangeKind.None, Nothing);

    /// <summary>The item after a put or a patch.</summary>
    public CatalogItem ApplyTo(CatalogItem before) => Kind == CatalogChangeKind.Put
        ? Item
        : before with
        {
            Price = Patched.HasFlag(PatchedFields.Price) ? Item.Price : before.Price,
            Stock = Patched.HasFlag(PatchedFields.Stock) ? Item.Stock : before.Stock,
        };

    public void Write(IBufferWriter<byte> output)
    {
        CatalogItemCodec.WriteByte((byte)Kind, output);
        CatalogItemCodec.WriteByte((byte)Patched, output);
        CatalogItemCodec.Write(Item, output);
    }

    public static CatalogChange Read(ref ReadOnlySpan<byte> bytes)
    {
        var kind = (CatalogChangeKind)CatalogItemCodec.ReadByte(ref bytes);
        var patched = (PatchedFields)CatalogItemCodec.ReadByte(ref bytes);
        return new CatalogChange(kind, CatalogItemCodec.Read(ref bytes), patched);
    }
}
