using Personalization.Bench.Events;
using Personalization.Decisioning.Contracts;

namespace Personalization.Bench.Data;

/// <summary>The prefixes of the test sessions as questions for a slate of 20.</summary>
internal static class Questions
{
    public const int Limit = 20;

    /// <summary>For the process that holds the personalizer; made beforehand, so that only the decision is timed.</summary>
    public static IEnumerable<(RecommendationRequest Request, string Target)> InProcess(ClickSet set, int minPrefix, bool allowCurrentItem) =>
        from session in set.Test
        from length in Enumerable.Range(1, session.Items.Length - 1)
        where length >= minPrefix
        select (
            new RecommendationRequest
            {
                Placement = "for-you",
                Items = session.Items[..length],
                Limit = Limit,
                AllowCurrentItem = allowCurrentItem,
            },
            session.Items[length]);

    public static IEnumerable<byte[]> OverHttp(ClickSet set) =>
        from session in set.Test
        from length in Enumerable.Range(1, session.Items.Length - 1)
        select HttpRequests.Get(
            $"/v1/recommendations/for-you?items={string.Join(',', session.Items[..length].Select(Uri.EscapeDataString))}&limit={Limit}");
}
