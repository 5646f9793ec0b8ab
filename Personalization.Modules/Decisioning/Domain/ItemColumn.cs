using Personalization.Features.Contracts;
using Personalization.Kernel.Collections;

namespace Personalization.Decisioning.Domain;

/// <summary>
/// Something that is worked out once for each version of an item and then read in two memory reads. A change of the catalogue replaces the version, so
/// what was worked out before is not used any more. Any thread; as large as the catalogue at most.
/// </summary>
internal sealed class ItemColumn<T>(ICatalog catalog, Func<int, CatalogItem?, T> read)
{
    private readonly ChunkedArray<Cell?> _cells = new();
    private readonly Lock _growing = new();

    public T this[int item]
    {
        get
        {
            var current = catalog[item];
            if (item < _cells.Capacity && Volatile.Read(ref _cells[item]) is { } known && ReferenceEquals(known.Of, current))
            {
                return known.Value;
            }

            var cell = new Cell(current, read(item, current));
            lock (_growing)
            {
                _cells.Ensure(item);
            }

            Volatile.Write(ref _cells[item], cell);
            return cell.Value;
        }
    }

    /// <summary>Immutable, so that nobody sees one version with the other's value.</summary>
    private sealed record Cell(CatalogItem? Of, T Value);
}
