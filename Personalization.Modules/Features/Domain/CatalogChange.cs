using System.Buffers;
using Personalization.Features.Contracts;
using Personalization.Features.Domain.ChangeCapture;

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

    /// <summary>Sets fields and puts the item on sale, also one that is new: a row of its table is there.</summary>
    Merge = 4,

    /// <summary>Sets fields, also of an item that the catalogue does not list yet, and leaves a withdrawn one withdrawn: a row of another table.</summary>
    Adjust = 5,
}

/// <summary>The fields that a change sets, to a value or to unknown. Stored: the bits stay as they are.</summary>
[Flags]
internal enum PatchedFields : byte
{
    None = 0,
    Price = 1,
    Stock = 2,
    Name = 4,
    Category = 8,
    Brand = 16,
    Url = 32,
    ImageUrl = 64,
    Attributes = 128,
}

/// <summary>One change of one item, as it stands in the log.</summary>
/// <param name="Kind">What it does.</param>
/// <param name="Item">The new item; of a patch, merge or adjustment the id and the fields that it sets; of a withdrawal the id.</param>
/// <param name="Patched">Of a patch, merge or adjustment: the fields that it sets.</param>
internal sealed record CatalogChange(CatalogChangeKind Kind, CatalogItem Item, PatchedFields Patched = PatchedFields.None)
{
    private const byte HasSource = 1;
    private const byte Merges = 2;
    private static readonly CatalogItem Nothing = new() { Id = "" };

    /// <summary>Where the change was captured; null when the shop sent it. Applied only if it stands after the item's last one from there.</summary>
    public ChangeSource? Source { get; init; }

    /// <summary>Whether attributes are set one by one, null taking one out, rather than all at once.</summary>
    public bool MergesAttributes { get; init; }

    /// <summary>Holds the place of a change that was taken out.</summary>
    public static CatalogChange Erased { get; } = new(CatalogChangeKind.None, Nothing);

    /// <summary>The item after the change.</summary>
    public CatalogItem ApplyTo(CatalogItem before) => Kind == CatalogChangeKind.Put
        ? Item
        : before with
        {
            Price = Sets(PatchedFields.Price) ? Item.Price : before.Price,
            Stock = Sets(PatchedFields.Stock) ? Item.Stock : before.Stock,
            Name = Sets(PatchedFields.Name) ? Item.Name : before.Name,
            Category = Sets(PatchedFields.Category) ? Item.Category : before.Category,
            Brand = Sets(PatchedFields.Brand) ? Item.Brand : before.Brand,
            Url = Sets(PatchedFields.Url) ? Item.Url : before.Url,
            ImageUrl = Sets(PatchedFields.ImageUrl) ? Item.ImageUrl : before.ImageUrl,
            Attributes = !Sets(PatchedFields.Attributes) ? before.Attributes
                : MergesAttributes ? CapturedAttributes.Merge(before.Attributes, Item.Attributes)
                : Item.Attributes,
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

    /// <summary>What the second version of the entry adds behind each change: flags, and the source of a captured one.</summary>
    public void WriteSource(IBufferWriter<byte> output)
    {
        CatalogItemCodec.WriteByte((byte)((Source is null ? 0 : HasSource) | (MergesAttributes ? Merges : 0)), output);
        if (Source is not null)
        {
            CatalogItemCodec.WriteText(Source.Table, output);
            Source.Position.Write(output.GetSpan(SourcePosition.Length));
            output.Advance(SourcePosition.Length);
        }
    }

    public CatalogChange WithSource(ref ReadOnlySpan<byte> bytes)
    {
        var flags = CatalogItemCodec.ReadByte(ref bytes);
        var source = default(ChangeSource);
        if ((flags & HasSource) != 0)
        {
            var table = CatalogItemCodec.ReadText(ref bytes);
            source = new ChangeSource(table, SourcePosition.Read(bytes));
            bytes = bytes[SourcePosition.Length..];
        }

        return this with { Source = source, MergesAttributes = (flags & Merges) != 0 };
    }

    private bool Sets(PatchedFields field) => (Patched & field) != PatchedFields.None;
}
