using Personalization.Consent.Domain.Tcf;

namespace Personalization.Consent.Domain.Gpp;

/// <summary>
/// Fibonacci coding of whole numbers from 1: bit n stands for the n-th of 1, 2, 3, 5, 8…, and a second one in a row ends the number.
/// </summary>
internal static class Fibonacci
{
    /// <summary>Far above every number of a section; larger ones are no numbers of sections, and adding a few up cannot overflow.</summary>
    public const int Max = 1 << 20;

    /// <summary>Reads one number; false when it does not end, or is larger than <see cref="Max"/>.</summary>
    public static bool TryRead(SixBits bits, scoped ref int at, out int number)
    {
        number = 0;
        var (current, next) = (1, 2);
        var wasSet = false;
        while (bits.Has(at, 1))
        {
            var isSet = bits.IsSet(at++);
            if (isSet && wasSet)
            {
                return number <= Max;
            }

            if (current > Max)
            {
                return false;
            }

            number += isSet ? current : 0;
            wasSet = isSet;
            (current, next) = (next, current + next);
        }

        return false;
    }
}
