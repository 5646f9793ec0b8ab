using System.Text;
using NUnit.Framework;
using Personalization.Tracking.Contracts;
using Personalization.Tracking.Domain;

namespace Personalization.Tests.Tracking;

public class EventTaxonomyTests
{
    /// <summary>The e-commerce v2 names as documented.</summary>
    private static readonly string[] Documented =
    [
        "Products Searched", "Product List Viewed", "Product List Filtered", "Promotion Viewed", "Promotion Clicked", "Product Clicked",
        "Product Viewed", "Product Added", "Product Removed", "Cart Viewed", "Checkout Started", "Checkout Step Viewed",
        "Checkout Step Completed", "Payment Info Entered", "Order Updated", "Order Completed", "Order Refunded", "Order Cancelled",
        "Coupon Entered", "Coupon Applied", "Coupon Denied", "Coupon Removed", "Product Added to Wishlist",
        "Product Removed from Wishlist", "Wishlist Product Added to Cart", "Product Shared", "Cart Shared", "Product Reviewed",
        "Recommendation Viewed", "Recommendation Clicked", "Consent Updated", "Recommendation Dismissed",
        "Offer Shown", "Offer Clicked", "Offer Dismissed",
    ];

    [TestCaseSource(nameof(Documented))]
    public void A_documented_name_is_known_in_every_usual_spelling(string name)
    {
        var expected = Enum.Parse<EventKind>(name.Replace(" ", ""), ignoreCase: true);
        var camel = char.ToLowerInvariant(name[0]) + name.Replace(" ", "")[1..];
        string[] spellings = [name, name.ToLowerInvariant(), name.ToUpperInvariant(), name.Replace(' ', '_'), name.Replace(' ', '-').ToLowerInvariant(), camel];

        Assert.That(spellings.Select(KindOf), Is.All.EqualTo(expected));
    }

    [Test]
    public void Every_kind_has_a_documented_name() =>
        Assert.That(Documented.Select(KindOf).Distinct().Count(), Is.EqualTo(Enum.GetValues<EventKind>().Length - 1));

    [TestCase("product_view", EventKind.ProductViewed)]
    [TestCase("view_item", EventKind.ProductViewed)]
    [TestCase("add_to_cart", EventKind.ProductAdded)]
    [TestCase("Add To Cart", EventKind.ProductAdded)]
    [TestCase("remove_from_cart", EventKind.ProductRemoved)]
    [TestCase("checkout_initiated", EventKind.CheckoutStarted)]
    [TestCase("begin_checkout", EventKind.CheckoutStarted)]
    [TestCase("purchase", EventKind.OrderCompleted)]
    [TestCase("order_placed", EventKind.OrderCompleted)]
    [TestCase("search", EventKind.ProductsSearched)]
    [TestCase("Order Canceled", EventKind.OrderCancelled)]
    public void Usual_other_names_are_known(string name, EventKind kind) => Assert.That(KindOf(name), Is.EqualTo(kind));

    [TestCase("")]
    [TestCase(" _-")]
    [TestCase("Signed Up")]
    [TestCase("Product Viewed!")]
    [TestCase("Pröduct Viewed")]
    [TestCase("product viewed product viewed product viewed product viewed product viewed product viewed")]
    public void Other_names_are_other(string name) => Assert.That(KindOf(name), Is.EqualTo(EventKind.Other));

    private static EventKind KindOf(string name) => EventTaxonomy.KindOf(Encoding.UTF8.GetBytes(name));
}
