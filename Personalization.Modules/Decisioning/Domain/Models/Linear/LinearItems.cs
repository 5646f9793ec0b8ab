using Personalization.Decisioning.Domain.Models.Purchases;

namespace Personalization.Decisioning.Domain.Models.Linear;

/// <summary>
/// A linear autoencoder in closed form (EASE, Steck, 2019): the item weights with which the purchases of all customers predict
/// each other best, none predicting itself. Of each item's row the heaviest weights are kept.
/// </summary>
internal sealed class LinearItems
{
    private readonly ushort[] _items;
    private readonly float[] _weights;

    private LinearItems(ushort[] items, float[] weights, int perItem) => (_items, _weights, PerItem) = (items, weights, perItem);

    /// <summary>Weights kept of each item.</summary>
    public int PerItem { get; }

    /// <summary>What having an item says of others: matrix numbers of the others, heaviest first.</summary>
    public ReadOnlySpan<ushort> OthersOf(int item) => _items.AsSpan(item * PerItem, PerItem);

    /// <summary>The weights to <see cref="OthersOf"/>.</summary>
    public ReadOnlySpan<float> WeightsOf(int item) => _weights.AsSpan(item * PerItem, PerItem);

    public ReadOnlySpan<float> AllWeights => _weights;

    public ReadOnlySpan<ushort> AllItems => _items;

    /// <exception cref="InvalidDataException">They are not of so many items.</exception>
    public static LinearItems Of(int perItem, ushort[] items, float[] weights, int count) =>
        perItem >= 0 && items.LongLength == (long)perItem * count && weights.Length == items.Length && Array.TrueForAll(items, item => item < count)
            ? new LinearItems(items, weights, perItem)
            : throw new InvalidDataException("The linear weights are of other items.");

    /// <summary>How many customers have both of two items, row-major.</summary>
    public static float[] GramOf(PurchaseMatrix matrix)
    {
        var n = matrix.Count;
        var gram = new float[n * n];
        for (var customer = 0; customer < matrix.Customers; customer++)
        {
            var row = matrix.Row(customer);
            foreach (var item in row)
            {
                var counts = gram.AsSpan(item * n, n);
                foreach (var other in row)
                {
                    counts[other]++;
                }
            }
        }

        return gram;
    }

    /// <param name="gram">Of <see cref="GramOf"/>; left as it is.</param>
    /// <param name="n">Items.</param>
    /// <param name="regularisation">Added to the diagonal: the more, the less rare items say.</param>
    /// <param name="perItem">Weights to keep of each item.</param>
    /// <param name="cancellationToken">Asked often.</param>
    public static LinearItems Fit(float[] gram, int n, double regularisation, int perItem, CancellationToken cancellationToken)
    {
        var inverse = Array.ConvertAll(gram, count => (double)count);
        for (var i = 0; i < n; i++)
        {
            inverse[(i * n) + i] += regularisation;
        }

        SymmetricInverse.Invert(inverse, n, cancellationToken);
        var kept = Math.Min(perItem, Math.Max(0, n - 1));
        var (items, weights) = (new ushort[n * kept], new float[n * kept]);
        var (sizes, order) = (new float[n], new ushort[n]);
        for (var i = 0; i < n; i++)
        {
            var row = inverse.AsSpan(i * n, n);
            for (var j = 0; j < n; j++)
            {
                order[j] = (ushort)j;
                sizes[j] = j == i ? float.PositiveInfinity : -MathF.Abs((float)(row[j] / inverse[(j * n) + j]));
            }

            Array.Sort(sizes, order);
            for (var place = 0; place < kept; place++)
            {
                var j = order[place];
                items[(i * kept) + place] = j;
                weights[(i * kept) + place] = (float)(-row[j] / inverse[(j * n) + j]);
            }
        }

        return new LinearItems(items, weights, kept);
    }
}
