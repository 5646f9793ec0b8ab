using System.Collections.Concurrent;
using Personalization.Decisioning.Contracts;
using Personalization.Decisioning.Domain.Life;
using Personalization.Decisioning.Domain.Offers;
using Personalization.Features.Contracts;

namespace Personalization.Decisioning.Domain.Candidates;

/// <summary>Which parts answer a kind of placement, in which order: each fills what those before it left open.</summary>
internal sealed class CandidatePlan
{
    /// <summary>Parts of all plans together: their numbers are bits of a word.</summary>
    public const int MaxParts = 63;
    private const int MaxSets = 4_096;
    private readonly ICandidateSource[][] _sources;
    private readonly PlannedPart[][] _planned;
    private readonly List<PlannedPart> _parts = [];
    private readonly ConcurrentDictionary<ulong, string[]> _codes = new();

    public CandidatePlan(Func<PlacementKind, ICandidateSource[]> sourcesOf, ICandidateSource[] baseline)
    {
        _sources = [.. Enum.GetValues<PlacementKind>().Select(sourcesOf)];
        Baseline = baseline;
        _planned = [.. _sources.Select(sources => sources.Select(PartOf).ToArray())];
        BaselineParts = [.. baseline.Select(PartOf)];
    }

    /// <summary>All parts in the order of their numbers, which begin at 1.</summary>
    public IReadOnlyList<PlannedPart> Parts => _parts;

    /// <summary>The baseline as parts.</summary>
    public PlannedPart[] BaselineParts { get; }

    /// <summary>What answers when a part failed or the time is over.</summary>
    public ICandidateSource[] Baseline { get; }

    public ICandidateSource[] this[PlacementKind kind] => _sources[(int)kind];

    /// <summary>The parts of a kind of placement, in order.</summary>
    public PlannedPart[] PartsOf(PlacementKind kind) => _planned[(int)kind];

    /// <summary>Codes of the parts whose bits are set; made once for each set.</summary>
    public IReadOnlyList<string> CodesOf(ulong parts)
    {
        if (parts == 0)
        {
            return [];
        }

        if (_codes.TryGetValue(parts, out var codes))
        {
            return codes;
        }

        codes = [.. _parts.Where(part => (parts >> part.Number & 1) != 0).Select(part => part.Code).Distinct(StringComparer.Ordinal)];
        if (_codes.Count < MaxSets)
        {
            _codes.TryAdd(parts, codes);
        }

        return codes;
    }

    public static CandidatePlan Create(LearnedModels models, DecisioningOptions options, ICatalog catalog, NeighbourVersions? versions = null)
    {
        var weights = new NeighbourWeights { SessionsPerItem = options.SessionsPerItem, Neighbours = options.Neighbours };
        var neighbours = new NeighbourSource(models.Sessions, new SessionNeighbours(models.Sessions, weights), models.Trained, versions);
        var viewed = new TogetherSource(models.ViewedTogether, ReasonCode.ViewedTogether, seeds: 8);
        var viewedWithCurrent = new TogetherSource(models.ViewedTogether, ReasonCode.ViewedTogether, seeds: 1);
        var bought = new TogetherSource(models.BoughtTogether, ReasonCode.BoughtTogether, seeds: 16);
        var affinity = new AffinitySource(models.Popularity);
        var category = new CategorySource(models.Popularity, catalog);
        var popular = new PopularSource(models.Popularity);
        var trending = new TrendingSource(models.Popularity);
        var arrivals = new NewArrivalsSource(catalog);
        var nextFirst = new NextPurchaseSource(models, isBeforeSession: true);
        var next = new NextPurchaseSource(models, isBeforeSession: false);
        var linear = new LinearSimilarSource(models);
        var content = new ContentSource(models);
        var here = new ContextPopularSource(models);
        var recent = new RecentlyViewedSource();
        return new CandidatePlan(
            kind => kind switch
            {
                PlacementKind.ForYou => [nextFirst, neighbours, next, viewed, bought, affinity, here, popular, arrivals],
                PlacementKind.Similar => [viewedWithCurrent, linear, neighbours, content, category, popular, arrivals],
                PlacementKind.BoughtTogether => [bought, viewed, category, popular, arrivals],
                PlacementKind.Trending => [trending, popular, arrivals],
                PlacementKind.Popular => [popular, arrivals],
                PlacementKind.NewArrivals => [arrivals],
                PlacementKind.RecentlyViewed => [recent],
                PlacementKind.NextBestAction => [new OfferSource()],
                PlacementKind.Random => [new RandomSource(catalog), popular, arrivals],
                _ => throw new ArgumentOutOfRangeException(nameof(kind), kind, "No parts for this kind of placement."),
            },
            [here, popular, arrivals]);
    }

    private PlannedPart PartOf(ICandidateSource source)
    {
        var known = _parts.Find(part => ReferenceEquals(part.Source, source));
        if (known is null)
        {
            ArgumentOutOfRangeException.ThrowIfGreaterThan(_parts.Count + 1, MaxParts);
            var code = source.Describe().Code;
            known = new PlannedPart(source, code, (byte)(_parts.Count + 1), new PartHealth(code));
            _parts.Add(known);
        }

        return known;
    }
}
