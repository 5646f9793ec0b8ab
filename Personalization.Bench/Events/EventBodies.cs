namespace Personalization.Bench.Events;

/// <summary>Bodies of different events, for what is measured without HTTP.</summary>
internal static class EventBodies
{
    /// <param name="mix">Shoppers and items.</param>
    /// <param name="count">Bodies.</param>
    /// <param name="seed">Other events for another one.</param>
    public static IEnumerable<byte[]> Make(IEventMix mix, int count, ulong seed = 1)
    {
        var templates = EventTemplate.MakeAll(TimeProvider.System.GetUtcNow(), withSentAt: false);
        var state = seed;
        for (var i = 0; i < count; i++)
        {
            mix.Next(ref state, out var shopper, out var item);
            var template = templates[(int)(Numbers.Next(ref state) % EventTemplate.Count)];
            var body = template.Bytes.ToArray();
            template.Patch(body, 0, Numbers.Next(ref state), Numbers.Next(ref state), shopper, item);
            yield return body;
        }
    }
}
