using Personalization.Tracking.Contracts;

namespace Personalization.Tracking.Domain;

/// <summary>What was read from an event's <c>properties</c>, before it is known which of them count.</summary>
internal struct EventProperties
{
    public ProductFields Product;
    public Utf8Slice OrderId;
    public Utf8Slice DecisionId;
    public Utf8Slice Placement;
    public float Total;
    public float Revenue;
    public float Value;

    public static EventProperties None { get; } = new()
    {
        Product = ProductFields.None,
        Total = float.NaN,
        Revenue = float.NaN,
        Value = float.NaN,
    };

    /// <summary>To the batch's last event, whose kind is set.</summary>
    public readonly void ApplyTo(TrackedEvent trackedEvent)
    {
        trackedEvent.OrderId = OrderId;
        trackedEvent.DecisionId = DecisionId;
        trackedEvent.Placement = Placement;
        trackedEvent.Revenue = !float.IsNaN(Total) ? Total : !float.IsNaN(Revenue) ? Revenue : Value;
        Product.AddTo(trackedEvent.Batch, IsAboutOneProduct(trackedEvent.Kind) ? Product.AnyId : Product.OwnId);
    }

    /// <summary>Where a bare <c>id</c> can only be the product's: elsewhere it may be a promotion's or a form's.</summary>
    private static bool IsAboutOneProduct(EventKind kind) => kind is
        EventKind.ProductClicked or EventKind.ProductViewed or EventKind.ProductAdded or EventKind.ProductRemoved or
        EventKind.ProductAddedToWishlist or EventKind.ProductRemovedFromWishlist or EventKind.WishlistProductAddedToCart or
        EventKind.ProductShared or EventKind.ProductReviewed;
}

/// <summary>The fields of one product, in <c>properties</c> itself or in an element of <c>products</c>.</summary>
internal struct ProductFields
{
    public Utf8Slice ProductId;
    public Utf8Slice Sku;
    public Utf8Slice Id;
    public Utf8Slice Category;
    public Utf8Slice Brand;
    public float Price;
    public float Quantity;

    public static ProductFields None { get; } = new() { Price = float.NaN, Quantity = float.NaN };

    public readonly Utf8Slice OwnId => ProductId.IsEmpty ? Sku : ProductId;

    public readonly Utf8Slice AnyId => OwnId.IsEmpty ? Id : OwnId;

    /// <summary>A line of the batch's last event; none without an id, because nothing could be learnt from it.</summary>
    public readonly void AddTo(EventBatch batch, Utf8Slice id)
    {
        if (id.IsEmpty)
        {
            return;
        }

        ref var line = ref batch.AddLine();
        line.Id = id;
        line.Category = Category;
        line.Brand = Brand;
        line.Price = Price >= 0 ? Price : float.NaN;
        line.Quantity = Quantity > 0 ? Quantity : 1;
    }
}
