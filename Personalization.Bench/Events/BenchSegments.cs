using System.Text;

namespace Personalization.Bench.Events;

/// <summary>
/// Made-up segments as shops define them: counts, sums, sequences with absence, traits, features and other segments, in turns. Some look at
/// the events that the load sends, the rest at what it does not: checkouts, orders, searches, reviews.
/// </summary>
internal static class BenchSegments
{
    private static readonly string[] Categories = ["Shoes", "Jackets", "Tents", "Backpacks", "Lamps", "Chairs", "Headphones", "Keyboards"];
    private static readonly string[] Others =
    [
        "Order Completed", "Checkout Started", "Cart Viewed", "Products Searched", "Coupon Applied", "Product Reviewed", "Product Shared", "Product Added to Wishlist",
    ];

    /// <summary>Share of a shop's segments that look at views and additions, when nothing else is asked for.</summary>
    public const double UsualShare = 0.4;

    /// <summary>Definitions by id, in an order in which each knows those that it asks for.</summary>
    /// <param name="count">How many.</param>
    /// <param name="touchable">How many of them a view can change; null for the usual share.</param>
    public static IEnumerable<(string Id, byte[] Body)> Make(int count, int? touchable = null)
    {
        var touched = touchable ?? (int)(count * UsualShare);
        for (var i = 0; i < count; i++)
        {
            // Spread evenly, so that nested ones ask for both kinds.
            var isTouched = (long)(i + 1) * touched / count > (long)i * touched / count;
            yield return (Id(i), Encoding.UTF8.GetBytes($$$"""{"name":"bench {{{i}}}","condition":{{{Condition(i, isTouched)}}}}"""));
        }
    }

    public static string Id(int number) => $"bench-{number}";

    private static string Condition(int i, bool isTouched)
    {
        var name = isTouched ? "Product Viewed" : Others[i % Others.Length];
        var then = isTouched ? "Product Added" : Others[(i + 1) % Others.Length];
        var (category, days) = (Categories[i % Categories.Length], 1 + (i % 30));
        return (i % 8) switch
        {
            0 => $$$"""{"event":"{{{name}}}","where":{"product":"category","op":"eq","value":"{{{category}}}"},"within":"{{{days}}}d","count":{"op":"gte","value":{{{2 + (i % 5)}}}}}""",
            1 => $$$"""{"event":"{{{name}}}","within":"{{{days}}}d","sum":{"product":"price","op":"gte","value":{{{100 * (1 + (i % 9))}}}}}""",
            2 => $$$"""{"sequence":[{"event":"{{{name}}}","times":2},{"event":"{{{then}}}","within":"2h"},{"not":{"event":"Order Completed"},"within":"1d"}],"within":"{{{days + 1}}}d"}""",
            3 => $$$"""{"all":[{"trait":"plan","op":"eq","value":"gold"},{"event":"{{{name}}}","within":"{{{days}}}d"}]}""",
            4 => $$$"""{"all":[{"event":"{{{name}}}","within":"{{{days}}}d","distinct":{"product":"category","op":"gte","value":{{{2 + (i % 4)}}}}},{"none":[{"event":"Order Completed","within":"{{{days}}}d"}]}]}""",
            5 when i > 8 => $$$"""{"all":[{"segment":"{{{Id(i - 5)}}}"},{"none":[{"segment":"{{{Id(i - 4)}}}"}]}]}""",
            6 => $$$"""{"any":[{"event":"{{{name}}}","where":{"product":"price","op":"gt","value":{{{20 * (1 + (i % 10))}}}},"within":"{{{1 + (i % 12)}}}h","count":{"op":"gte","value":3}},{"trait":"level","op":"gte","value":{{{i % 5}}}}]}""",
            _ => $$$"""{"event":"{{{name}}}","within":"{{{days}}}d","days":{"op":"gte","value":{{{1 + (i % 3)}}}}}""",
        };
    }
}
