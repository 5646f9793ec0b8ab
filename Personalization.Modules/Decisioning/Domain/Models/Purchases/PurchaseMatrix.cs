namespace Personalization.Decisioning.Domain.Models.Purchases;

/// <summary>
/// Customers by items up to a minute: each customer's distinct items with the minute of the last purchase of each. Items have numbers of
/// their own here, dense from 0: those that enough customers bought, the most widely bought first when there are too many.
/// </summary>
internal sealed class PurchaseMatrix
{
    /// <summary>No shop has more items: a damaged file must not ask for all memory.</summary>
    private const int MaxItem = 1 << 28;
    private readonly int[] _local;
    private readonly List<int> _cells = [];
    private readonly List<int> _starts = [0];
    private readonly List<int> _customers = [];

    private PurchaseMatrix(int[] items, int[] local, int untilMinute)
    {
        Items = items;
        _local = local;
        UntilMinute = untilMinute;
    }

    /// <summary>The shop's numbers of the items, ascending.</summary>
    public int[] Items { get; }

    public int Count => Items.Length;

    /// <summary>First minute that is not in it any more.</summary>
    public int UntilMinute { get; }

    /// <summary>Customers with at least one of the items.</summary>
    public int Customers => _customers.Count;

    public static PurchaseMatrix Build(PurchaseData data, int untilMinute, int minBuyers, int maxItems)
    {
        var buyers = CountBuyers(data, untilMinute);
        var items = Enumerable.Range(0, buyers.Length)
            .Where(item => buyers[item] >= minBuyers)
            .OrderByDescending(item => buyers[item])
            .ThenBy(item => item)
            .Take(maxItems)
            .Order()
            .ToArray();
        var matrix = OfItems(items, untilMinute);
        for (var customer = 0; customer < data.Customers; customer++)
        {
            matrix.Add(data, customer);
        }

        return matrix;
    }

    /// <summary>The items alone, as a model needs them that was trained.</summary>
    /// <param name="items">Ascending.</param>
    /// <param name="untilMinute">First minute that it does not know.</param>
    /// <exception cref="InvalidDataException">The items are not ascending numbers.</exception>
    public static PurchaseMatrix OfItems(int[] items, int untilMinute)
    {
        var local = new int[items.Length == 0 ? 0 : Math.Min(Math.Max(items[^1], 0), MaxItem) + 1];
        Array.Fill(local, -1);
        for (var i = 0; i < items.Length; i++)
        {
            if ((uint)items[i] >= (uint)local.Length || (i > 0 && items[i] <= items[i - 1]))
            {
                throw new InvalidDataException("The items are not in order.");
            }

            local[items[i]] = i;
        }

        return new PurchaseMatrix(items, local, untilMinute);
    }

    /// <summary>The matrix's number of one of the shop's items, or -1.</summary>
    public int LocalOf(int item) => (uint)item < (uint)_local.Length ? _local[item] : -1;

    /// <summary>Distinct items of a row, ascending.</summary>
    public ReadOnlySpan<int> Row(int row) => System.Runtime.InteropServices.CollectionsMarshal.AsSpan(_cells)[_starts[row].._starts[row + 1]];

    /// <summary>Number of a row's customer in the data.</summary>
    public int CustomerOf(int row) => _customers[row];

    private void Add(PurchaseData data, int customer)
    {
        var items = data.ItemsOf(customer);
        var minutes = data.MinutesOf(customer);
        var row = new SortedSet<int>();
        for (var i = 0; i < items.Length && minutes[i] < UntilMinute; i++)
        {
            if (LocalOf(items[i]) is >= 0 and var item)
            {
                row.Add(item);
            }
        }

        if (row.Count > 0)
        {
            _cells.AddRange(row);
            _starts.Add(_cells.Count);
            _customers.Add(customer);
        }
    }

    private static int[] CountBuyers(PurchaseData data, int untilMinute)
    {
        var buyers = new int[1024];
        var lastBuyer = new int[1024];
        for (var customer = 0; customer < data.Customers; customer++)
        {
            var items = data.ItemsOf(customer);
            var minutes = data.MinutesOf(customer);
            for (var i = 0; i < items.Length && minutes[i] < untilMinute; i++)
            {
                if (items[i] >= buyers.Length)
                {
                    var length = (int)System.Numerics.BitOperations.RoundUpToPowerOf2((uint)items[i] + 1);
                    Array.Resize(ref buyers, length);
                    Array.Resize(ref lastBuyer, length);
                }

                if (lastBuyer[items[i]] != customer + 1)
                {
                    lastBuyer[items[i]] = customer + 1;
                    buyers[items[i]]++;
                }
            }
        }

        return buyers;
    }
}
