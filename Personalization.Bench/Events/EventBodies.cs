namespace Personalization.Bench.Events;

/// <summary>Bodies of different events, for what is measured without HTTP.</summary>
internal static class EventBodies
{
    public static IEnumerable<byte[]> Make(IEventMix mix, int count)
    {
        var templates = EventTemplate.MakeAll(TimeProvider.System.GetUtcNow(), withSentAt: false);
        var state = 1UL;
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
