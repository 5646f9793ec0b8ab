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
    private const float CategoryLikeness = 0.6f;
    private const float BrandLikeness = 0.4f;

    /// <summary>Candidates that it chooses from, for each place of the answer.</summary>
    private const int PoolFactor = 4;

    public DecisionPhase Phase => DecisionPhase.Arrange;

    public string Name => "diversity";

    public bool IsRepeatable => true;

    public object CreateScratch() => new Candidate[Slate.MaxPool];

    public int PoolFor(Placement placement, int limit) => placement is { Diversity: 0, Novelty: 0 } ? limit : limit * PoolFactor;

    public void Apply(DecisionContext context, object? scratch)
    {
        var placement = context.Placement;
        if (placement is { Diversity: 0, Novelty: 0 } || context.Slate.Count < 2)
        {
            return;
        }

        var slate = context.Slate.Entries;
        var candidates = ((Candidate[])scratch!).AsSpan(0, slate.Length);
        Read(context, slate, candidates);
        for (var place = 0; place < Math.Min(context.Slate.Limit, slate.Length); place++)
        {
            var best = place;
            for (var i = place + 1; i < slate.Length; i++)
            {
                best = Worth(candidates[i], placement) > Worth(candidates[best], placement) ? i : best;
            }

            MoveUp(slate, place, best);
            MoveUp(candidates, place, best);
            for (var i = place + 1; i < slate.Length; i++)
            {
                candidates[i].Likeness = Math.Max(candidates[i].Likeness, Likeness(candidates[i], candidates[place]));
            }
        }

        Fall(slate);
    }

    private void Read(DecisionContext context, ReadOnlySpan<SlateEntry> slate, Span<Candidate> candidates)
    {
        var best = Math.Max(slate[0].Score, 1e-9f);
        for (var i = 0; i < slate.Length; i++)
        {
            ref readonly var entry = ref slate[i];
            candidates[i] = new Candidate { Relevance = entry.Score / best };
            if (entry.Row > 0 && context.Features.IsFilled)
            {
                var row = context.Features[entry.Row - 1];
                (candidates[i].Category, candidates[i].Brand) = (row[FeatureTable.CategoryMark], row[FeatureTable.BrandMark]);
                candidates[i].Novelty = 1 - (row[FeatureTable.Popularity] / 255f);
                continue;
            }

            var item = catalog[entry.Item];
            (candidates[i].Category, candidates[i].Brand) = ((item?.CategoryTerm ?? -1) + 1, (item?.BrandTerm ?? -1) + 1);
            candidates[i].Novelty = 1 - (float)popularity.ShareOf(entry.Item);
        }
    }

    private static float Worth(Candidate candidate, Placement placement) =>
        ((1 - placement.Diversity) * (candidate.Relevance + (placement.Novelty * candidate.Novelty))) - (placement.Diversity * candidate.Likeness);

    private static float Likeness(Candidate one, Candidate other) =>
        (one.Category != 0 && one.Category == other.Category ? CategoryLikeness : 0) + (one.Brand != 0 && one.Brand == other.Brand ? BrandLikeness : 0);

    private static void MoveUp<T>(Span<T> all, int to, int from)
    {
        var moved = all[from];
        all[to..from].CopyTo(all[(to + 1)..]);
        all[to] = moved;
    }

    /// <summary>Scores fall with the place, as those of every answer do.</summary>
    private static void Fall(Span<SlateEntry> slate)
    {
        for (var i = 1; i < slate.Length; i++)
        {
            slate[i].Score = Math.Min(slate[i].Score, slate[i - 1].Score);
        }
    }

    private struct Candidate
    {
        public float Relevance;
        public float Novelty;
        public float Likeness;
        public int Category;
        public int Brand;
    }
}
