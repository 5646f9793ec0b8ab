using System.Runtime.InteropServices;

namespace Personalization.Decisioning.Domain.Rankers;

/// <summary>Chance that follows from a seed alone, the same in every process: SplitMix64, and normal numbers after Box and Muller.</summary>
internal struct Chance(ulong seed)
{
    private ulong _state = seed;

    /// <summary>The seed of a decision; further draws of the same decision have numbers.</summary>
    public static ulong SeedOf(Guid decisionId, int draw = 0)
    {
        Span<byte> bytes = stackalloc byte[16];
        decisionId.TryWriteBytes(bytes);
        var halves = MemoryMarshal.Cast<byte, ulong>(bytes);
        return halves[0] ^ (halves[1] * 0x9E37_79B9_7F4A_7C15) ^ ((ulong)draw * 0xD1B5_4A32_D192_ED03);
    }

    public ulong Next()
    {
        var mixed = _state += 0x9E37_79B9_7F4A_7C15;
        mixed = (mixed ^ (mixed >> 30)) * 0xBF58_476D_1CE4_E5B9;
        mixed = (mixed ^ (mixed >> 27)) * 0x94D0_49BB_1331_11EB;
        return mixed ^ (mixed >> 31);
    }

    /// <summary>From 0 up to but not 1.</summary>
    public double Share() => (Next() >> 11) * (1.0 / (1UL << 53));

    /// <summary>A share of which so much was seen for and against: from the Beta distribution, as the first of two Gamma numbers in their sum.</summary>
    /// <param name="with">At least 1.</param>
    /// <param name="without">At least 1.</param>
    public double Beta(double with, double without)
    {
        var first = Gamma(with);
        return first / (first + Gamma(without));
    }

    public (float First, float Second) Normals()
    {
        var radius = Math.Sqrt(-2 * Math.Log(1 - Share()));
        var (sine, cosine) = Math.SinCos(2 * Math.PI * Share());
        return ((float)(radius * cosine), (float)(radius * sine));
    }

    /// <summary>From the Gamma distribution of a shape of at least 1, by rejection (Marsaglia and Tsang 2000).</summary>
    private double Gamma(double shape)
    {
        var middle = shape - (1.0 / 3);
        var scale = 1 / Math.Sqrt(9 * middle);
        while (true)
        {
            var normal = Normals().First;
            var root = 1 + (scale * normal);
            var cube = root * root * root;
            if (root > 0 && Math.Log(1 - Share()) < (0.5 * normal * normal) + (middle * (1 - cube + Math.Log(cube))))
            {
                return middle * cube;
            }
        }
    }
}
