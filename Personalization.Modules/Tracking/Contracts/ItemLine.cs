namespace Personalization.Tracking.Contracts;

/// <summary>One product that an event speaks of: <c>properties</c> itself or an element of <c>properties.products</c>.</summary>
public struct ItemLine
{
    /// <summary><c>product_id</c>, else <c>sku</c>.</summary>
    public Utf8Slice Id;
    public Utf8Slice Category;
    public Utf8Slice Brand;

    /// <summary>Price per unit in the event's currency; NaN when absent.</summary>
    public float Price;

    /// <summary>Units, 1 when absent.</summary>
    public float Quantity;

    /// <summary>Dense item number, set by the sequencer in log order; -1 before that.</summary>
    public int Item;

    /// <summary>Dense term numbers of category and brand, from the catalogue or else from the event; -1 when unknown.</summary>
    public int CategoryTerm;
    public int BrandTerm;
}
