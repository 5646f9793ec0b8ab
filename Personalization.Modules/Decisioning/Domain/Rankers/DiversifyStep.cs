using Personalization.Decisioning.Domain.Candidates;
using Personalization.Decisioning.Domain.Steps;
using Personalization.Features.Contracts;

namespace Personalization.Decisioning.Domain.Rankers;

/// <summary>
/// Maximal marginal relevance (Carbonell and Goldstein 1998) and novelty: place by place the candidate that is relevant, little known and unlike what stands
/// above it, as the placement weighs them. Alike are items of the same category, and more so of the same brand.
/// </summary>
internal sealed class DiversifyStep(ICatalog catalog, Popularity popularity) : IDecisionStep
{
    /// <summary>Candidates that it chooses from, for each place of the answer.</summary>
    private const int PoolFactor = 4;

    public DecisionPhase Phase => DecisionPhase.Arrange;

    public string Name => "diversity";

    public bool IsRepeatable => true;

    public object CreateScratch() => new Scratch();

    public int PoolFor(Placement placement, int limit) => placement is { Diversity: 0, Novelty: 0 } ? limit : limit * PoolFactor;

    public void Apply(DecisionContext context, object? scratch)
    {
        var placement = context.Placement;
        if (placement is { Diversity: 0, Novelty: 0 } || context.Slate.Count < 2)
        {
            return;
        }

        var slate = context.Slate.Entries;
        var own = (Scratch)scratch!;
        var worths = own.Worths;
        var copy = own.Entries.AsSpan(0, slate.Length);
        Read(context, slate, worths);
        slate.CopyTo(copy);
        var (places, left) = (Math.Min(context.Slate.Limit, slate.Length), 0);
        for (var place = 0; place < places; place++)
        {
            slate[place] = copy[worths.TakeBest(placement.Diversity)];
        }

        for (var i = 0; i < copy.Length; i++)
        {
            if (!worths.IsTaken(i))
            {
                slate[places + left++] = copy[i];
            }
        }

        Fall(slate);
    }

    private void Read(DecisionContext context, ReadOnlySpan<SlateEntry> slate, MarginalWorths worths)
    {
        var placement = context.Placement;
        var best = Math.Max(slate[0].Score, 1e-9f);
        worths.Begin(slate.Length);
        for (var i = 0; i < slate.Length; i++)
        {
            ref readonly var entry = ref slate[i];
            int category, brand;
            float novelty;
            if (entry.Row > 0 && context.Features.IsFilled)
            {
                var row = context.Features[entry.Row - 1];
                (category, brand) = (row[FeatureTable.CategoryMark], row[FeatureTable.BrandMark]);
                novelty = 1 - (row[FeatureTable.Popularity] / 255f);
            }
            else
            {
                var item = catalog[entry.Item];
                (category, brand) = ((item?.CategoryTerm ?? -1) + 1, (item?.BrandTerm ?? -1) + 1);
                novelty = 1 - (float)popularity.ShareOf(entry.Item);
            }

            worths.Set(i, (1 - placement.Diversity) * ((entry.Score / best) + (placement.Novelty * novelty)), category, brand);
        }
    }

    /// <summary>Scores fall with the place, as those of every answer do.</summary>
    private static void Fall(Span<SlateEntry> slate)
    {
        for (var i = 1; i < slate.Length; i++)
        {
            slate[i].Score = Math.Min(slate[i].Score, slate[i - 1].Score);
        }
    }

    private sealed class Scratch
    {
        public MarginalWorths Worths { get; } = new();

        public SlateEntry[] Entries { get; } = new SlateEntry[Slate.MaxPool];
    }
}
