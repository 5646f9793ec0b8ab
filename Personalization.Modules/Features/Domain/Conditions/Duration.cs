using System.Globalization;

namespace Personalization.Features.Domain.Conditions;

/// <summary>Lengths of time as definitions write them: a whole number and a unit, <c>90s</c>, <c>30m</c>, <c>36h</c>, <c>7d</c>, <c>2w</c>.</summary>
internal static class Duration
{
    /// <summary>Units with their ms, the longest that a canonical text uses first.</summary>
    private static readonly (char Unit, long Ms)[] Units = [('w', 604_800_000), ('d', 86_400_000), ('h', 3_600_000), ('m', 60_000), ('s', 1_000)];

    /// <summary>A length within the limits of a condition.</summary>
    public static bool TryParse(ReadOnlySpan<char> text, out long ms)
    {
        ms = 0;
        if (text.Length is < 2 or > 12 || text[0] is '0' || !long.TryParse(text[..^1], NumberStyles.None, CultureInfo.InvariantCulture, out var count))
        {
            return false;
        }

        foreach (var (unit, unitMs) in Units)
        {
            if (unit == text[^1] && count <= ConditionLimits.MaxDurationMs / unitMs)
            {
                ms = count * unitMs;
                return true;
            }
        }

        return false;
    }

    /// <summary>In the largest unit that it is a whole number of, days at most: <c>14d</c> rather than <c>2w</c>, which nobody would look for.</summary>
    public static string Format(long ms)
    {
        foreach (var (unit, unitMs) in Units.AsSpan(1))
        {
            if (ms % unitMs == 0)
            {
                return $"{ms / unitMs}{unit}";
            }
        }

        throw new ArgumentOutOfRangeException(nameof(ms), ms, "A length of a condition is whole seconds.");
    }
}
