namespace Personalization.Features.Domain;

/// <summary>
/// Numbers as shops mean them. Sums are whole millionths, so they do not depend on the order in which they are added up, and a price that is kept
/// in four bytes is the decimal that was sent: 99.99, not 99.98999786376953.
/// </summary>
internal static class Amount
{
    public const double PerUnit = 1_000_000;

    private static readonly double[] PowersOfTen = [1, 10, 100, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9];

    /// <summary>The decimal with the fewest places that is kept as this float; NaN stays NaN.</summary>
    public static double Of(float value)
    {
        foreach (var power in PowersOfTen)
        {
            var rounded = Math.Round(value * power) / power;
            if ((float)rounded == value)
            {
                return rounded;
            }
        }

        return value;
    }

    /// <summary>In millionths, the half way to even; what lies beyond nine trillion is clamped.</summary>
    public static long ToMillionths(double value) => (long)Math.Round(value * PerUnit);
}
