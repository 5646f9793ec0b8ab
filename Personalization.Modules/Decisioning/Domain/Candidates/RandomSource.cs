using System.Buffers.Binary;
using Personalization.Decisioning.Contracts;
using Personalization.Features.Contracts;

namespace Personalization.Decisioning.Domain.Candidates;

/// <summary>
/// Items that can be sold, each as likely as any other: the arm of an experiment that shows what showing anything at all is worth. Drawn from the
/// decision's id, so that a decision can be repeated.
/// </summary>
internal sealed class RandomSource(ICatalog catalog) : ICandidateSource
{
    /// <summary>Draws for each item that is wanted: where less than a tenth can be sold, the parts behind this one fill in.</summary>
    private const int DrawsPerItem = 10;

    public void Propose(DecisionContext context)
    {
        Span<byte> id = stackalloc byte[16];
        context.DecisionId.TryWriteBytes(id);
        var state = BinaryPrimitives.ReadUInt64LittleEndian(id[8..]) ^ BinaryPrimitives.ReadUInt64LittleEndian(id);
        var (count, wanted, drawn) = (catalog.Count, context.Slate.Missing, 0);
        for (var left = wanted * DrawsPerItem; left > 0 && drawn < wanted && count > 0; left--)
        {
            var item = (int)(Next(ref state) % (ulong)count);
            if (context.Filter.Allows(item) && !IsDrawn(context.Room.AsSpan(0, drawn), item))
            {
                context.Room[drawn] = new ScoredItem(item, 1f / (1 + drawn), BecauseOf: -1);
                drawn++;
            }
        }

        context.Slate.Add(context.Room.AsSpan(0, drawn), ReasonCode.Random);
    }

    public PartDescription Describe() => new("random", "Anything that can be sold, by chance.", UsesProfile: false);

    private static bool IsDrawn(ReadOnlySpan<ScoredItem> drawn, int item)
    {
        foreach (ref readonly var other in drawn)
        {
            if (other.Item == item)
            {
                return true;
            }
        }

        return false;
    }

    /// <summary>SplitMix64.</summary>
    private static ulong Next(ref ulong state)
    {
        var mixed = state += 0x9E3779B97F4A7C15;
        mixed = (mixed ^ (mixed >> 30)) * 0xBF58476D1CE4E5B9;
        mixed = (mixed ^ (mixed >> 27)) * 0x94D049BB133111EB;
        return mixed ^ (mixed >> 31);
    }
}
