using System.Runtime.InteropServices;
using Personalization.Decisioning.Domain.Candidates;

namespace Personalization.Decisioning.Domain.Rankers;

/// <summary>What a ranker knows at one moment. Immutable: decisions of any thread rank by it, and the decision log keeps it.</summary>
/// <param name="Placement">Whose ranker.</param>
/// <param name="Version">How much it had learnt; names the snapshot together with the placement.</param>
/// <param name="Mean">Expected weight of each feature.</param>
/// <param name="Deviation">How unsure it is of that.</param>
/// <param name="Examination">With what probability a place is looked at, from the first.</param>
internal sealed record RankerSnapshot(string Placement, long Version, float[] Mean, float[] Deviation, float[] Examination)
{
    public byte[] ToBytes()
    {
        float[] all = [.. Mean, .. Deviation, .. Examination];
        return MemoryMarshal.AsBytes(all.AsSpan()).ToArray();
    }

    /// <exception cref="InvalidDataException">Of another length than a snapshot has.</exception>
    public static RankerSnapshot FromBytes(string placement, long version, ReadOnlySpan<byte> bytes)
    {
        var all = MemoryMarshal.Cast<byte, float>(bytes);
        return all.Length == (2 * FeatureTable.Width) + OnlineRanker.Places
            ? new RankerSnapshot(
                placement, version, all[..FeatureTable.Width].ToArray(), all[FeatureTable.Width..(2 * FeatureTable.Width)].ToArray(), all[(2 * FeatureTable.Width)..].ToArray())
            : throw new InvalidDataException($"A ranker of {bytes.Length} bytes is of another program.");
    }

    /// <summary>Draws weights as they may be: Thompson sampling. A factor of 0 leaves the expected ones.</summary>
    public void Draw(ulong seed, float exploration, Span<float> weights)
    {
        Mean.CopyTo(weights);
        if (exploration == 0)
        {
            return;
        }

        var chance = new Chance(seed);
        for (var i = 0; i < weights.Length; i += 2)
        {
            var (first, second) = chance.Normals();
            weights[i] += exploration * Deviation[i] * first;
            weights[i + 1] += exploration * Deviation[i + 1] * second;
        }
    }
}

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

    public (float First, float Second) Normals()
    {
        var radius = Math.Sqrt(-2 * Math.Log(1 - Share()));
        var (sine, cosine) = Math.SinCos(2 * Math.PI * Share());
        return ((float)(radius * cosine), (float)(radius * sine));
    }
}
