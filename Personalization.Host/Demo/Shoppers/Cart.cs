using Personalization.Host.Demo.Catalog;

namespace Personalization.Host.Demo.Shoppers;

/// <summary>One line of a cart.</summary>
internal readonly record struct CartLine(DemoItem Item, int Quantity);

/// <summary>What a shopper has put aside; kept over sessions until it is ordered.</summary>
internal sealed class Cart
{
    private readonly List<CartLine> _lines = [];

    public IReadOnlyList<CartLine> Lines => _lines;

    public decimal Value => _lines.Sum(line => line.Item.Price * line.Quantity);

    public bool Contains(DemoItem item) => _lines.Exists(line => line.Item == item);

    public void Add(DemoItem item, int quantity)
    {
        var at = _lines.FindIndex(line => line.Item == item);
        if (at < 0)
        {
            _lines.Add(new CartLine(item, quantity));
            return;
        }

        _lines[at] = _lines[at] with { Quantity = _lines[at].Quantity + quantity };
    }

    public void Remove(CartLine line) => _lines.Remove(line);

    public void Clear() => _lines.Clear();
}
