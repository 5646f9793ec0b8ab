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
