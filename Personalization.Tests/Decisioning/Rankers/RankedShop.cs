using Personalization.Decisioning;
using Personalization.Decisioning.Contracts;
using Personalization.Decisioning.Domain;
using Personalization.Decisioning.Domain.Candidates;
using Personalization.Decisioning.Domain.Rankers;
using Personalization.Decisioning.Domain.Steps;
using Personalization.Decisioning.Domain.Trees;
using Personalization.Tests.Decisioning.Journal;

namespace Personalization.Tests.Decisioning.Rankers;

/// <summary>A shop whose place "for-you" has an online ranker, with sessions to propose from, and a journal in memory.</summary>
internal sealed class RankedShop
{
    private readonly IDecisionStep[] _more;

    public RankedShop(Action<PlacementOptions>? configure = null, params IDecisionStep[] more)
    {
        _more = more;
        var options = Shop.Options.Placements["for-you"];
        options.Ranker = PlacementRanker.Online;
        configure?.Invoke(options);
        var random = new Random(1);
        for (var profile = 1; profile < 300; profile++)
        {
            Shop.Session(profile, random.Next(100), random.Next(100), random.Next(100), random.Next(100));
        }

        Shop.Models.Popularity.Rebuild();
        Shop.HasViewed(0, 1, 2, 3);
        Plan = CandidatePlan.Create(Shop.Models, Shop.Options, Shop);
        Waiting = new WaitingDecisions(new RankerOptions(), [new OnlineRanker("for-you", Plan.PartsOf(PlacementKind.ForYou), 0.2)]);
        Steps =
        [
            new OnlineRankStep(new CandidateFeatures(Shop, Shop.Models.Popularity), Waiting, new TreeFeature(Trees, new TreeScorer(FeatureTable.NamesOf([.. Plan.Parts.Select(part => part.Code)])))),
            new DiversifyStep(Shop, Shop.Models.Popularity),
            .. _more,
        ];
        Journal = new FakeJournal(Plan, Steps);
        Personalizer = Shop.Personalizer(Plan, Journal, Steps);
    }

    public FakeShop Shop { get; } = new();

    public CandidatePlan Plan { get; }

    public WaitingDecisions Waiting { get; }

    public IDecisionStep[] Steps { get; }

    public FakeJournal Journal { get; }

    public Personalizer Personalizer { get; }

    public Recommendations Ask() => Personalizer.Recommend(new RecommendationRequest { Placement = "for-you", UserId = "u0" })!;

    /// <summary>The imported model that placements may name; none at first.</summary>
    public FewTrees Trees { get; } = new();

    internal sealed class FewTrees : ITreeModels
    {
        public TreeVersions? Only { get; set; }

        public TreeVersions? Find(string id) => Only;
    }
}
