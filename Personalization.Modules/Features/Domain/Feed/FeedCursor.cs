using System.Collections.Immutable;
using System.Globalization;
using System.Text;

namespace Personalization.Features.Domain.Feed;

/// <summary>
/// How far a reader has come: of each shard the place of the next fact. As text <c>shard:place</c>, joined by points. The empty one stands
/// before everything.
/// </summary>
internal sealed record FeedCursor(ImmutableSortedDictionary<int, long> Places)
{
    /// <summary>Far more than any feed gives out.</summary>
    public const int MaxText = 8_192;

    public static readonly FeedCursor Start = new(ImmutableSortedDictionary<int, long>.Empty);

    public bool IsStart => Places.IsEmpty;

    public static bool TryParse(string text, out FeedCursor cursor)
    {
        cursor = Start;
        if (text.Length > MaxText)
        {
            return false;
        }

        var places = ImmutableSortedDictionary.CreateBuilder<int, long>();
        foreach (var part in text.Split('.'))
        {
            var colon = part.IndexOf(':', StringComparison.Ordinal);
            if (colon < 0
                || !int.TryParse(part.AsSpan(0, colon), NumberStyles.None, CultureInfo.InvariantCulture, out var shard)
                || !long.TryParse(part.AsSpan(colon + 1), NumberStyles.None, CultureInfo.InvariantCulture, out var place)
                || !places.TryAdd(shard, place))
            {
                return false;
            }
        }

        cursor = new FeedCursor(places.ToImmutable());
        return true;
    }

    public override string ToString()
    {
        var text = new StringBuilder();
        foreach (var (shard, place) in Places)
        {
            text.Append(text.Length == 0 ? "" : ".").Append(CultureInfo.InvariantCulture, $"{shard}:{place}");
        }

        return text.ToString();
    }
}
