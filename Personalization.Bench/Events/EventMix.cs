namespace Personalization.Bench.Events;

/// <summary>Decides who does something with which item. Thread-safe; the caller holds the state.</summary>
internal interface IEventMix
{
    void Next(ref ulong state, out int shopper, out int item);
}

/// <summary>A catalogue whose popularity follows Zipf's law, and a population of shoppers who come equally often.</summary>
internal sealed class ZipfMix : IEventMix
{
    public const int DefaultItems = 20_000;
    public const int DefaultShoppers = 10_000;

    private readonly int[] _draws = new int[1 << 16];
    private readonly int _shoppers;

    public ZipfMix(int items = DefaultItems, int shoppers = DefaultShoppers)
    {
        _shoppers = shoppers;
        var total = Enumerable.Range(1, items).Sum(rank => 1.0 / rank);
        var (rank, reached) = (1, 1.0);
        for (var i = 0; i < _draws.Length; i++)
        {
            while (rank < items && reached < total * (i + 0.5) / _draws.Length)
            {
                rank++;
                reached += 1.0 / rank;
            }

            _draws[i] = rank - 1;
        }
    }

    public void Next(ref ulong state, out int shopper, out int item)
    {
        var random = Numbers.Next(ref state);
        shopper = (int)((random >> 32) % (ulong)_shoppers);
        item = _draws[random & 0xFFFF];
    }
}

/// <summary>Gives one new shopper after the other the same number of views, each of another item.</summary>
internal sealed class FillMix(int firstShopper, int viewsEach) : IEventMix
{
    /// <summary>A prime, so that a shopper's steps through the catalogue never meet.</summary>
    public const int Items = 10_007;

    private long _next;

    /// <summary>Shoppers whose views have all been handed out.</summary>
    public long Filled => Interlocked.Read(ref _next) / viewsEach;

    public void Next(ref ulong state, out int shopper, out int item)
    {
        var view = Interlocked.Increment(ref _next) - 1;
        shopper = firstShopper + (int)(view / viewsEach);
        item = (int)(((shopper * 31L) + (view % viewsEach * 313)) % Items);
    }
}
