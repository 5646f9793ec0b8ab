namespace Personalization.Tracking.Contracts;

/// <summary>The Segment protocol's six calls.</summary>
public enum EventType : byte
{
    Track = 1,
    Identify,
    Page,
    Screen,
    Group,
    Alias,
}

/// <summary>
/// What a track call means, after the Segment e-commerce taxonomy v2 and its usual aliases. Stored nowhere by number:
/// replay derives it again from the event's name.
/// </summary>
public enum EventKind : byte
{
    /// <summary>Not a track call, or a name outside the taxonomy.</summary>
    Other,
    ProductsSearched,
    ProductListViewed,
    ProductListFiltered,
    PromotionViewed,
    PromotionClicked,
    ProductClicked,
    ProductViewed,
    ProductAdded,
    ProductRemoved,
    CartViewed,
    CheckoutStarted,
    CheckoutStepViewed,
    CheckoutStepCompleted,
    PaymentInfoEntered,
    OrderUpdated,
    OrderCompleted,
    OrderRefunded,
    OrderCancelled,
    CouponEntered,
    CouponApplied,
    CouponDenied,
    CouponRemoved,
    ProductAddedToWishlist,
    ProductRemovedFromWishlist,
    WishlistProductAddedToCart,
    ProductShared,
    CartShared,
    ProductReviewed,

    /// <summary>Ours: a slate of a decision was seen. Carries decision id and placement.</summary>
    RecommendationViewed,

    /// <summary>Ours: an item of a decision was clicked. Carries decision id and placement.</summary>
    RecommendationClicked,

    /// <summary>The shopper changed what their data may be used for: ours, and Segment's "Segment Consent Preference Updated".</summary>
    ConsentUpdated,

    /// <summary>Ours: the shopper does not want to see an item of a decision. Carries the item.</summary>
    RecommendationDismissed,

    /// <summary>Ours: offers were put into an answer, or shown elsewhere. Carries <c>offer_ids</c> or <c>offer_id</c>, and decision id, placement and channel.</summary>
    OfferShown,

    /// <summary>Ours: an offer was clicked. Carries <c>offer_id</c>.</summary>
    OfferClicked,

    /// <summary>Ours: the shopper does not want to see an offer. Carries <c>offer_id</c>.</summary>
    OfferDismissed,
}
