using Personalization.Kernel.Json;
using Personalization.Tracking.Contracts;

namespace Personalization.Tracking.Domain;

/// <summary>
/// What the name of a track call means: Segment's e-commerce v2 names in any usual spelling, and the names that shops
/// coming from Google Analytics, RudderStack or their own conventions use for the same things.
/// </summary>
internal static class EventTaxonomy
{
    internal static readonly KeyValuePair<string, EventKind>[] Aliases =
    [
        new("search", EventKind.ProductsSearched),
        new("segment_consent_preference_updated", EventKind.ConsentUpdated),
        new("consent_preference_updated", EventKind.ConsentUpdated),
        new("product_searched", EventKind.ProductsSearched),
        new("search_performed", EventKind.ProductsSearched),
        new("view_search_results", EventKind.ProductsSearched),
        new("category_viewed", EventKind.ProductListViewed),
        new("product_category_viewed", EventKind.ProductListViewed),
        new("collection_viewed", EventKind.ProductListViewed),
        new("view_category", EventKind.ProductListViewed),
        new("view_item_list", EventKind.ProductListViewed),
        new("view_promotion", EventKind.PromotionViewed),
        new("select_promotion", EventKind.PromotionClicked),
        new("product_click", EventKind.ProductClicked),
        new("select_item", EventKind.ProductClicked),
        new("product_view", EventKind.ProductViewed),
        new("view_product", EventKind.ProductViewed),
        new("viewed_product", EventKind.ProductViewed),
        new("view_item", EventKind.ProductViewed),
        new("item_viewed", EventKind.ProductViewed),
        new("product_detail_viewed", EventKind.ProductViewed),
        new("add_to_cart", EventKind.ProductAdded),
        new("added_to_cart", EventKind.ProductAdded),
        new("added_product", EventKind.ProductAdded),
        new("product_added_to_cart", EventKind.ProductAdded),
        new("cart_add", EventKind.ProductAdded),
        new("remove_from_cart", EventKind.ProductRemoved),
        new("removed_from_cart", EventKind.ProductRemoved),
        new("removed_product", EventKind.ProductRemoved),
        new("product_removed_from_cart", EventKind.ProductRemoved),
        new("cart_remove", EventKind.ProductRemoved),
        new("view_cart", EventKind.CartViewed),
        new("viewed_cart", EventKind.CartViewed),
        new("begin_checkout", EventKind.CheckoutStarted),
        new("checkout_initiated", EventKind.CheckoutStarted),
        new("checkout_begun", EventKind.CheckoutStarted),
        new("initiate_checkout", EventKind.CheckoutStarted),
        new("started_checkout", EventKind.CheckoutStarted),
        new("viewed_checkout_step", EventKind.CheckoutStepViewed),
        new("completed_checkout_step", EventKind.CheckoutStepCompleted),
        new("add_payment_info", EventKind.PaymentInfoEntered),
        new("payment_info_submitted", EventKind.PaymentInfoEntered),
        new("updated_order", EventKind.OrderUpdated),
        new("purchase", EventKind.OrderCompleted),
        new("purchased", EventKind.OrderCompleted),
        new("order_placed", EventKind.OrderCompleted),
        new("placed_order", EventKind.OrderCompleted),
        new("completed_order", EventKind.OrderCompleted),
        new("checkout_completed", EventKind.OrderCompleted),
        new("refund", EventKind.OrderRefunded),
        new("refunded_order", EventKind.OrderRefunded),
        new("order_canceled", EventKind.OrderCancelled),
        new("cancelled_order", EventKind.OrderCancelled),
        new("add_to_wishlist", EventKind.ProductAddedToWishlist),
        new("added_to_wishlist", EventKind.ProductAddedToWishlist),
        new("remove_from_wishlist", EventKind.ProductRemovedFromWishlist),
        new("removed_from_wishlist", EventKind.ProductRemovedFromWishlist),
        new("share_product", EventKind.ProductShared),
        new("shared_product", EventKind.ProductShared),
        new("share_cart", EventKind.CartShared),
        new("shared_cart", EventKind.CartShared),
        new("reviewed_product", EventKind.ProductReviewed),
        new("product_review_submitted", EventKind.ProductReviewed),
        new("recommendations_viewed", EventKind.RecommendationViewed),
        new("recommendation_shown", EventKind.RecommendationViewed),
        new("recommendations_clicked", EventKind.RecommendationClicked),
    ];
    private static readonly NameTable<EventKind> Kinds = new(Standard().Concat(Aliases));

    /// <summary><see cref="EventKind.Other"/> for a name outside the taxonomy. Does not allocate.</summary>
    public static EventKind KindOf(ReadOnlySpan<byte> name) => Kinds.TryGet(name, out var kind) ? kind : EventKind.Other;

    /// <summary>The enum's own names are the taxonomy's, without spaces.</summary>
    private static IEnumerable<KeyValuePair<string, EventKind>> Standard() =>
        Enum.GetValues<EventKind>().Where(kind => kind != EventKind.Other).Select(kind => KeyValuePair.Create(kind.ToString(), kind));
}
