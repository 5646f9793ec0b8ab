using System.Text;
using System.Text.Json;
using Personalization.Features.Contracts;
using Personalization.Kernel.Checkpoints;
using Personalization.Kernel.Collections;
using Personalization.Kernel.Hashing;
using Personalization.Kernel.Privacy;

namespace Personalization.Features.Domain;

/// <summary>Items, their numbers and what the shop says of them. The sequencer writes, anyone reads.</summary>
[HoldsNoPersonalData("Items, categories and brands are the shop's own data.")]
internal sealed class Catalog(KeyHasher hasher, FeaturesOptions options) : ICatalog, ICheckpointed
{
    private const byte ItemNames = 2;
    private const byte TermNames = 3;
    private const byte ItemTable = 4;
    private const int ItemsPerCategory = 1_000;

    private readonly NameDirectory _items = new(hasher, KeySpace.Item, ItemNames, options.MaxItems);
    private readonly NameDirectory _terms = new(hasher, KeySpace.Term, TermNames, options.MaxTerms);
    private readonly ChunkedArray<CatalogItem?> _details = new();
    private readonly ChunkedArray<bool> _unsellable = new();
    private readonly ChunkedArray<int[]?> _itemsOfCategory = new();
    private readonly HashSet<int> _dirty = [];

    public int Count => _items.Count;

    public string FileName => "features";

    public int Version => 1;

    public CatalogItem? this[int item] => item < _details.Capacity ? Volatile.Read(ref _details[item]) : null;

    public int Find(ReadOnlySpan<char> itemId) => _items.Find(itemId);

    public string IdOf(int item) => _items[item];

    public string TermOf(int term) => _terms[term];

    public bool IsSellable(int item) => item >= _unsellable.Capacity || !_unsellable[item];

    public ReadOnlySpan<int> ItemsOfCategory(int categoryTerm) =>
        (uint)categoryTerm < (uint)_itemsOfCategory.Capacity ? Volatile.Read(ref _itemsOfCategory[categoryTerm]) : default(ReadOnlySpan<int>);

    /// <summary>The item's number, given now when it is new. Sequencer only.</summary>
    public int ResolveItem(ReadOnlySpan<byte> id) => _items.Resolve(id);

    public int ResolveTerm(ReadOnlySpan<byte> term) => _terms.Resolve(term);

    /// <summary>Applies one change. Sequencer only. False when the item does not exist and the change does not create it.</summary>
    public bool Apply(CatalogChange change)
    {
        var item = _items.Resolve(Encoding.UTF8.GetBytes(change.Id));
        if (item < 0)
        {
            return false;
        }

        var before = this[item];
        var after = change.ApplyTo(before);
        if (after is null)
        {
            return false;
        }

        Set(item, after with { CategoryTerm = TermOf(after.Category), BrandTerm = TermOf(after.Brand) }, change.IsWithdrawal);
        _dirty.Add(item);
        return true;
    }

    public void Load(CheckpointReader reader)
    {
        _items.Load(reader);
        _terms.Load(reader);
        reader.Visit(ItemTable, (item, value) =>
        {
            var stored = JsonSerializer.Deserialize(value, CatalogJson.Default.StoredItem)!;
            Set((int)item, stored.Item, stored.IsWithdrawn);
        });
    }

    public void Collect(CheckpointWriter writer)
    {
        _items.Collect(writer);
        _terms.Collect(writer);
        foreach (var item in _dirty)
        {
            var details = _details[item]!;
            var stored = new StoredItem(details, _unsellable[item] && details.Stock != 0);
            writer.Put(ItemTable, item, JsonSerializer.SerializeToUtf8Bytes(stored, CatalogJson.Default.StoredItem));
        }

        _dirty.Clear();
    }

    private int TermOf(string? text) => text is null ? -1 : _terms.Resolve(Encoding.UTF8.GetBytes(text));

    private void Set(int item, CatalogItem details, bool isWithdrawn)
    {
        var before = this[item]?.CategoryTerm ?? -1;
        _unsellable.Ensure(item) = isWithdrawn || details.Stock == 0;
        Volatile.Write(ref _details.Ensure(item)!, details);
        if (before != details.CategoryTerm && details.CategoryTerm >= 0)
        {
            ref var members = ref _itemsOfCategory.Ensure(details.CategoryTerm);
            Volatile.Write(ref members!, [item, .. (members ?? []).Where(member => member != item).Take(ItemsPerCategory - 1)]);
        }
    }
}
