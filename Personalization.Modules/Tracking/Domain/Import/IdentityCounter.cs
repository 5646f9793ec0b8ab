using System.Numerics;

namespace Personalization.Tracking.Domain.Import;

/// <summary>
/// About how many different identifiers went by, in 16 KB however many: within one percent, and exact for a few hundred. Source:
/// Flajolet et al., "HyperLogLog" (2007), with linear counting where it is the better estimate.
/// </summary>
internal sealed class IdentityCounter
{
    private const int IndexBits = 14;
    private const int Registers = 1 << IndexBits;
    private const double Alpha = 0.7213 / (1 + (1.079 / Registers));
    private readonly byte[] _registers = new byte[Registers];

    /// <summary>Counts a keyed hash; the default is no identifier.</summary>
    public void Add(UInt128 key)
    {
        if (key == default)
        {
            return;
        }

        var index = (int)((ulong)key & (Registers - 1));
        var rank = (byte)(BitOperations.LeadingZeroCount((ulong)(key >> 64)) + 1);
        _registers[index] = Math.Max(_registers[index], rank);
    }

    public long Estimate()
    {
        var sum = 0d;
        var empty = 0;
        foreach (var register in _registers)
        {
            sum += Math.ScaleB(1, -register);
            empty += register == 0 ? 1 : 0;
        }

        var estimate = Alpha * Registers * Registers / sum;
        return (long)Math.Round(estimate <= 2.5 * Registers && empty > 0 ? Registers * Math.Log((double)Registers / empty) : estimate);
    }
}
