using System.Globalization;
using System.Text;

namespace Personalization.Bench.Events;

/// <summary>
/// One e-commerce event as an unmodified browser client sends it, 800 to 1,000 bytes, with gaps of fixed width for the message id,
/// the shopper and the item.
/// </summary>
internal sealed class EventTemplate
{
    /// <summary>Different events: categories, brands, pages and browsers.</summary>
    public const int Count = 64;

    private const string MessageIdGap = "@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@";
    private const string ShopperGap = "################################";
    private const string ItemGap = "$$$$$$$$";

    private static readonly string[] Categories =
    [
        "Shoes", "Jackets", "Tents", "Backpacks", "Lamps", "Chairs", "Headphones", "Keyboards",
        "Coffee", "Tea", "Bicycles", "Helmets", "Novels", "Puzzles", "Gardening", "Cookware",
    ];

    private static readonly string[] Brands =
        ["Nordwind", "Alder & Ash", "Kestrel", "Møller", "Sunda", "Atlas", "Plum", "Granite", "Vela", "Orchard", "Tilde", "Harbour"];

    private static readonly string[] Browsers =
    [
        "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/126.0.0.0 Safari/537.36",
        "Mozilla/5.0 (iPhone; CPU iPhone OS 17_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/17.5 Mobile/15E148 Safari/604.1",
        "Mozilla/5.0 (X11; Linux x86_64; rv:127.0) Gecko/20100101 Firefox/127.0",
    ];

    private readonly int _messageId;
    private readonly int _shopper;
    private readonly int[] _items;

    private EventTemplate(string json)
    {
        Bytes = Encoding.UTF8.GetBytes(json);
        _messageId = Bytes.AsSpan().IndexOf(Encoding.ASCII.GetBytes(MessageIdGap));
        _shopper = Bytes.AsSpan().IndexOf(Encoding.ASCII.GetBytes(ShopperGap));
        _items = FindAll(Bytes, Encoding.ASCII.GetBytes(ItemGap)).ToArray();
    }

    public byte[] Bytes { get; }

    /// <param name="now">Stands as <c>timestamp</c> and, for single events, as <c>sentAt</c>: the server's clock correction moves both.</param>
    /// <param name="withSentAt">Whether the event is sent alone; a batch has one <c>sentAt</c> for all.</param>
    public static EventTemplate[] MakeAll(DateTimeOffset now, bool withSentAt) =>
        Enumerable.Range(0, Count).Select(i => new EventTemplate(Json(i, now, withSentAt))).ToArray();

    /// <summary>Four of five templates are views, the rest are additions to the cart.</summary>
    public static bool IsView(int index) => index % 5 != 0;

    /// <summary>Fills the gaps of this template's copy at <paramref name="offset"/>.</summary>
    public void Patch(byte[] buffer, int offset, ulong messageIdHigh, ulong messageIdLow, int shopper, int item)
    {
        var messageId = buffer.AsSpan(offset + _messageId, MessageIdGap.Length);
        Numbers.WriteHex(messageId[..16], messageIdHigh);
        Numbers.WriteHex(messageId[16..], messageIdLow);
        Names.WriteShopper(buffer.AsSpan(offset + _shopper), shopper);
        foreach (var at in _items)
        {
            Names.WriteItem(buffer.AsSpan(offset + at), item);
        }
    }

    private static string Json(int index, DateTimeOffset now, bool withSentAt)
    {
        var time = now.ToString("yyyy-MM-ddTHH:mm:ss.fffZ", CultureInfo.InvariantCulture);
        var category = Categories[index % Categories.Length];
        var brand = Brands[index % Brands.Length];
        var name = $"{brand} {category} {(char)('A' + (index % 26))}{index * 7}";
        var action = IsView(index) ? "Product Viewed" : "Product Added";
        var sentAt = withSentAt ? $"\"sentAt\":\"{time}\"," : "";
        return $$$$"""
            {"type":"track","messageId":"ajs-next-{{{{MessageIdGap}}}}","anonymousId":"{{{{ShopperGap}}}}","event":"{{{{action}}}}","timestamp":"{{{{time}}}}",{{{{sentAt}}}}
            "context":{"ip":"203.0.113.{{{{index + 1}}}}","userAgent":"{{{{Browsers[index % Browsers.Length]}}}}","locale":"en-GB","timezone":"Europe/London",
            "page":{"path":"/p/{{{{ItemGap}}}}","referrer":"https://shop.example/c/{{{{category}}}}","search":"","title":"{{{{name}}}}","url":"https://shop.example/p/{{{{ItemGap}}}}"},
            "library":{"name":"analytics.js","version":"npm:next-1.84.3"},
            "consent":{"categoryPreferences":{"profile":true,"personalise":true,"measure":true,"train":true}}},
            "properties":{"product_id":"{{{{ItemGap}}}}","sku":"{{{{ItemGap}}}}-{{{{index % 7}}}}","name":"{{{{name}}}}","category":"{{{{category}}}}","brand":"{{{{brand}}}}",
            "price":{{{{9 + (index * 3)}}}}.95,"quantity":1,"currency":"EUR","position":{{{{(index % 20) + 1}}}},"url":"https://shop.example/p/{{{{ItemGap}}}}"},"integrations":{}}
            """.ReplaceLineEndings("");
    }

    private static IEnumerable<int> FindAll(byte[] bytes, byte[] gap)
    {
        for (var at = bytes.AsSpan().IndexOf(gap); at >= 0;)
        {
            yield return at;
            var next = bytes.AsSpan(at + gap.Length).IndexOf(gap);
            at = next < 0 ? -1 : at + gap.Length + next;
        }
    }
}
