using System.Text;
using Personalization.Bench.Events;

namespace Personalization.Bench.Benches;

/// <summary>An event, the question whose answer must show it, and the item's id as it stands in that answer.</summary>
internal sealed record FreshnessProbe(byte[] Event, byte[] Question, byte[] Item);

/// <summary>Shoppers apart from the load's, who look at one item after the other; each item is long forgotten when it comes again.</summary>
internal sealed class FreshnessProbes
{
    private const int FirstShopper = 50_000_000;
    private const int Shoppers = 64;
    private const int Items = 1_000;

    private readonly EventTemplate[] _views =
        EventTemplate.MakeAll(TimeProvider.System.GetUtcNow(), withSentAt: true).Where((_, index) => EventTemplate.IsView(index)).ToArray();

    private readonly ulong _run = Numbers.Mix((ulong)TimeProvider.System.GetUtcNow().UtcTicks);
    private int _next;

    public FreshnessProbe Next()
    {
        var shopper = FirstShopper + (_next % Shoppers);
        var item = (_next / Shoppers * 7 % Items) + (int)(_run % 10_000);
        var template = _views[_next % _views.Length];
        var body = template.Bytes.ToArray();
        template.Patch(body, 0, _run, Numbers.Mix((ulong)_next++), shopper, item);
        return new FreshnessProbe(
            HttpRequests.Post("/v1/track", body),
            HttpRequests.Get($"/v1/recommendations/recently-viewed?anonymousId={Names.Shopper(shopper)}&limit=5&allowCurrentItem=true"),
            Encoding.ASCII.GetBytes($"\"id\":\"{Names.Item(item)}\""));
    }
}
