using System.Numerics;

namespace Personalization.Tracking.Domain.Import;

/// <summary>
/// How many different identifiers went by: exactly up to ten thousand, about (within a few percent) beyond, in bounded memory however
/// many. Source of the estimate: Flajolet et al., "HyperLogLog" (2007), with linear counting where it is the better estimate.
/// </summary>
internal sealed class IdentityCounter
{
    private const int IndexBits = 14;
    private const int Registers = 1 << IndexBits;
    private const double Alpha = 0.7213 / (1 + (1.079 / Registers));
    private const int ExactUpTo = 10_000;
    private readonly byte[] _registers = new byte[Registers];
    private readonly HashSet<UInt128> _exact = [];

    /// <summary>Counts a keyed hash; the default is no identifier.</summary>
    public void Add(UInt128 key)
    {
        if (key == default)
        {
            return;
        }

        if (_exact.Count <= ExactUpTo)
        {
            _exact.Add(key);
        }

        var index = (int)((ulong)key & (Registers - 1));
        var rank = (byte)(BitOperations.LeadingZeroCount((ulong)(key >> 64)) + 1);
        _registers[index] = Math.Max(_registers[index], rank);
    }

    public long Estimate()
    {
        if (_exact.Count <= ExactUpTo)
        {
            return _exact.Count;
        }

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
