using System.Buffers;
using Personalization.Features.Contracts;
using Personalization.Features.Domain.ChangeCapture;
using Personalization.Kernel.Checkpoints;
using Personalization.Kernel.Collections;
using Personalization.Kernel.Hashing;
using Personalization.Kernel.Privacy;

namespace Personalization.Features.Domain;

/// <summary>
/// Items, their numbers and what the shop says of them. The sequencer writes, in log order; anyone reads. An item that only
/// events have named is sellable and has no details.
/// </summary>
[HoldsNoPersonalData("Items, categories and brands are the shop's own data.")]
internal sealed class Catalog(KeyHasher hasher, FeaturesOptions options, CapturedPositions positions) : ICatalog, ICheckpointed
{
    private const byte ItemNames = 2;
    private const byte TermNames = 3;
    private const byte ItemTable = 4;

    private readonly NameDirectory _items = new(hasher, KeySpace.Item, ItemNames, options.MaxItems);
    private readonly NameDirectory _terms = new(hasher, KeySpace.Term, TermNames, options.MaxTerms);
    private readonly ChunkedArray<CatalogItem?> _details = new();
    private readonly ChunkedArray<ItemFlags> _flags = new();
    private readonly CategoryLists _categories = new();
    private readonly HashSet<int> _dirty = [];

    public int Count => _items.Count;

    public string FileName => "features";

    public int Version => 2;

    /// <summary>Times that an item or term got no number.</summary>
    public long RefusedItems => _items.Refused;

    public long RefusedTerms => _terms.Refused;

    public int TermCount => _terms.Count;

    public CatalogItem? this[int item] => (uint)item < (uint)_details.Capacity ? Volatile.Read(ref _details[item]) : null;

    public int Find(ReadOnlySpan<char> itemId) => _items.Find(itemId);

    public string IdOf(int item) => _items[item];

    public string TermOf(int term) => _terms[term];

    public bool IsSellable(int item) => FlagsOf(item) == ItemFlags.None;

    /// <summary>Whether the shop has taken the item out of the catalogue.</summary>
    public bool IsWithdrawn(int item) => FlagsOf(item).HasFlag(ItemFlags.Withdrawn);

    public ReadOnlySpan<int> ItemsOfCategory(int categoryTerm) => _categories.Of(categoryTerm);

    /// <summary>The item's number, given now when it is new; -1 when it cannot get one. Sequencer only.</summary>
    public int ResolveItem(ReadOnlySpan<byte> id) => _items.Resolve(id);

    /// <summary>The same of a category or brand.</summary>
    public int ResolveTerm(ReadOnlySpan<byte> term) => _terms.Resolve(term);

    /// <summary>The item's number, or -1; none is given.</summary>
    public int FindItem(ReadOnlySpan<byte> id) => _items.Find(id);

    /// <summary>The same of a category or brand.</summary>
    public int FindTerm(ReadOnlySpan<byte> term) => _terms.Find(term);

    /// <summary>Applies the changes of one entry. Sequencer only.</summary>
    public void Apply(ReadOnlySpan<CatalogChange> changes)
    {
        foreach (var change in changes)
        {
            Apply(change);
        }

        Publish();
    }

    /// <summary>Applies one change, which readers see in full after <see cref="Publish"/>. Sequencer only.</summary>
    public void Apply(CatalogChange change)
    {
        // A captured deletion of an item that nobody knows gives it a number as well: its position must be kept, or an older change would bring it back.
        var item = change.Kind == CatalogChangeKind.Put || change.Source is not null ? _items.Resolve(change.Item.Id) : _items.Find(change.Item.Id);
        if (item >= 0 && (change.Source is not { } source || positions.TryAdvance(source, item)))
        {
            Apply(change, item);
            _dirty.Add(item);
        }
    }

    /// <summary>Shows readers the categories as they are after the last changes. Sequencer only.</summary>
    public void Publish() => _categories.Publish();

    public void Load(CheckpointReader reader)
    {
        _items.Load(reader);
        _terms.Load(reader);
        reader.Visit(ItemTable, (item, value) =>
        {
            var rest = value;
            var isWithdrawn = CatalogItemCodec.ReadByte(ref rest) != 0;
            Set((int)item, rest.IsEmpty ? null : CatalogItemCodec.Read(ref rest), isWithdrawn);
        });
        _categories.Publish();
    }

    /// <summary>A row: a byte that says whether the item is withdrawn, then the item unless only events have named it.</summary>
    public void Collect(CheckpointWriter writer)
    {
        _items.Collect(writer);
        _terms.Collect(writer);
        var row = new ArrayBufferWriter<byte>();
        foreach (var item in _dirty)
        {
            row.ResetWrittenCount();
            CatalogItemCodec.WriteByte(IsWithdrawn(item) ? (byte)1 : (byte)0, row);
            if (this[item] is { } details)
            {
                CatalogItemCodec.Write(details, row);
            }

            writer.Put(ItemTable, item, row.WrittenSpan);
        }

        _dirty.Clear();
    }

    /// <summary>A change of an item that is not there (any more) changes nothing: the log may hold one, since requests race.</summary>
    private void Apply(CatalogChange change, int item)
    {
        switch (change.Kind)
        {
            case CatalogChangeKind.Put:
                Set(item, change.Item, isWithdrawn: false);
                break;
            case CatalogChangeKind.Patch when this[item] is { } before && !IsWithdrawn(item):
                Set(item, change.ApplyTo(before), isWithdrawn: false);
                break;
            case CatalogChangeKind.Withdraw:
                Set(item, this[item], isWithdrawn: true);
                break;
            case CatalogChangeKind.Merge:
                Set(item, change.ApplyTo(this[item] ?? change.Item), isWithdrawn: false);
                break;
            case CatalogChangeKind.Adjust:
                Set(item, change.ApplyTo(this[item] ?? change.Item), IsWithdrawn(item));
                break;
        }
    }

    private void Set(int item, CatalogItem? details, bool isWithdrawn)
    {
        var before = CategoryOf(item);
        if (details is not null)
        {
            Volatile.Write(ref _details.Ensure(item)!, WithNumbers(item, details));
        }

        _flags.Ensure(item) = (isWithdrawn ? ItemFlags.Withdrawn : ItemFlags.None) | (details?.Stock == 0 ? ItemFlags.SoldOut : ItemFlags.None);
        _categories.Move(item, before, CategoryOf(item));
    }

    /// <summary>With its term numbers, and with the directories' own texts: a category's name is kept once, not once an item.</summary>
    private CatalogItem WithNumbers(int item, CatalogItem details)
    {
        var category = _terms.Resolve(details.Category);
        var brand = _terms.Resolve(details.Brand);
        return details with
        {
            Id = _items[item],
            Category = category < 0 ? details.Category : _terms[category],
            Brand = brand < 0 ? details.Brand : _terms[brand],
            CategoryTerm = category,
            BrandTerm = brand,
        };
    }

    /// <summary>The category that lists the item; -1 when none does.</summary>
    private int CategoryOf(int item) => IsWithdrawn(item) ? -1 : this[item]?.CategoryTerm ?? -1;

    private ItemFlags FlagsOf(int item) => (uint)item < (uint)_flags.Capacity ? _flags[item] : ItemFlags.None;

    /// <summary>Why an item cannot be sold.</summary>
    [Flags]
    private enum ItemFlags : byte
    {
        None = 0,
        SoldOut = 1,
        Withdrawn = 2,
    }
}
