using Personalization.Features.Contracts;

namespace Personalization.Decisioning.Domain;

/// <summary>Which contexts of popularity an event or a question belongs to: its hour in the shop's time zone, and the shopper's segments.</summary>
internal sealed class PopularityContexts(ModelTrainingOptions options, ISegments? segments = null)
{
    public const int MaxSegments = 16;
    private readonly TimeZoneInfo _zone = TimeZoneInfo.FindSystemTimeZoneById(options.TimeZone);
    private readonly string[] _segments = [.. options.PopularitySegments.Distinct(StringComparer.Ordinal).Take(MaxSegments)];

    /// <summary>Contexts that one event can have at most.</summary>
    public int Most => 1 + _segments.Length;

    /// <summary>Whether slates ask about the hour.</summary>
    public bool UsesHours => options.PopularByHour;

    public static IReadOnlyList<long> KeysOf(ModelTrainingOptions options) =>
    [
        .. Enumerable.Range(0, ContextPopularity.Hours).Select(hour => (long)hour),
        .. options.PopularitySegments.Distinct(StringComparer.Ordinal).Take(MaxSegments).Select(KeyOf),
    ];

    public int HourOf(long timeMs) => TimeZoneInfo.ConvertTime(DateTimeOffset.FromUnixTimeMilliseconds(timeMs), _zone).Hour;

    /// <summary>The contexts of what a shopper does; returns how many.</summary>
    public int Of(int profile, long timeMs, Span<int> contexts)
    {
        contexts[0] = HourOf(timeMs);
        var count = 1;
        for (var i = 0; i < _segments.Length; i++)
        {
            if (IsMember(i, profile))
            {
                contexts[count++] = ContextPopularity.Hours + i;
            }
        }

        return count;
    }

    /// <summary>The context of the shopper's segment with the fewest members, which says most; -1 when there is none.</summary>
    public int SegmentOf(int profile)
    {
        var (best, fewest) = (-1, int.MaxValue);
        for (var i = 0; i < _segments.Length; i++)
        {
            if (IsMember(i, profile) && segments!.Count(segments.Find(_segments[i])) is var members && members < fewest)
            {
                (best, fewest) = (ContextPopularity.Hours + i, members);
            }
        }

        return best;
    }

    private bool IsMember(int segment, int profile) =>
        segments is not null && segments.Find(_segments[segment]) is >= 0 and var number && segments.IsMember(number, profile);

    /// <summary>Stays the segment's when others are put before it: FNV-1a of its id, above the hours.</summary>
    private static long KeyOf(string segment)
    {
        var hash = 14695981039346656037UL;
        foreach (var letter in segment)
        {
            hash = unchecked((hash ^ letter) * 1099511628211UL);
        }

        return (long)(hash >> 2) + ContextPopularity.Hours;
    }
}
