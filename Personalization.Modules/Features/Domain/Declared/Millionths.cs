namespace Personalization.Features.Domain.Declared;

/// <summary>
/// Amounts in millionths. Whole numbers add up to the same sum in any order, which doubles do not; a millionth is finer than any price.
/// </summary>
internal static class Millionths
{
    private const double PerUnit = 1e6;

    /// <summary>Beyond it a number is a mistake or an attack; it is left out and counted.</summary>
    public const double Max = 1e12;

    public static bool TryOf(double number, out long millionths)
    {
        millionths = 0;
        if (!(Math.Abs(number) <= Max))
        {
            return false;
        }

        millionths = (long)Math.Round(number * PerUnit);
        return true;
    }

    public static double ToNumber(Int128 millionths) => (double)millionths / PerUnit;
}
