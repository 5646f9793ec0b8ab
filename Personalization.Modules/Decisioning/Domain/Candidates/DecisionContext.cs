using Personalization.Decisioning.Contracts;
using Personalization.Decisioning.Domain.Offers;
using Personalization.Decisioning.Domain.Rules;
using Personalization.Decisioning.Domain.Steps;
using Personalization.Features.Contracts;

namespace Personalization.Decisioning.Domain.Candidates;

/// <summary>Everything that one decision works with. Pooled: reused from decision to decision, by one thread at a time.</summary>
internal sealed class DecisionContext
{
    /// <summary>Items of the session that are read, the newest.</summary>
    public const int MaxSession = 64;
    private readonly int[] _session = new int[MaxSession];
    private readonly object?[] _scratches;

    public DecisionContext(ICatalog catalog, IReadOnlyList<IDecisionStep>? steps = null)
    {
        _scratches = [.. (steps ?? []).Select(step => step.CreateScratch())];
        Filter = new CatalogFilter(catalog, Rules);
        Slate = new Slate(Filter);
    }

    public CatalogFilter Filter { get; }

    /// <summary>Which rules of the shop apply, and what they did.</summary>
    public RuleRun Rules { get; } = new();

    /// <summary>Which offers there are for the shopper, and what became of them.</summary>
    public OfferRun Offers { get; } = new();

    public Slate Slate { get; }

    public NeighbourScratch Scratch { get; } = new();

    public ScoredItem[] Room { get; } = new ScoredItem[Slate.MaxPool];

    public ProfileView View { get; } = new();

    public RecommendationRequest Request { get; private set; } = null!;

    public Placement Placement { get; private set; } = null!;

    /// <summary>Version 7, so its order is that of time; also what chance is drawn from, so that a decision can be repeated.</summary>
    public Guid DecisionId { get; private set; }

    /// <summary>When the decision is made, Unix ms.</summary>
    public long NowMs { get; private set; }

    /// <summary>The shopper whose view this is; -1 when no profile may be used, and then the view is empty.</summary>
    public int ProfileId { get; set; }

    /// <summary>What the shopper's consent says.</summary>
    public ConsentUse Consent { get; set; }

    /// <summary>Long parts ask now and then, and return with what they have once it is over.</summary>
    public Deadline Deadline { get; set; }

    /// <summary>Event time before which the profile's past is not used, Unix ms.</summary>
    public long OldestMs { get; set; }

    public int SessionCount { get; set; }

    public Span<int> SessionRoom => _session;

    /// <summary>What the shopper looks at: items oldest first, the current one last.</summary>
    public ReadOnlySpan<int> Session => _session.AsSpan(0, SessionCount);

    public void Begin(RecommendationRequest request, Placement placement, DateTimeOffset now, int pool, Deadline deadline)
    {
        (Request, Placement, DecisionId, NowMs) = (request, placement, Guid.CreateVersion7(now), now.ToUnixTimeMilliseconds());
        Filter.Clear();
        Offers.Clear();
        Slate.Begin(LimitOf(request, placement), pool);
        View.Clear();
        ProfileId = -1;
        Consent = default;
        SessionCount = 0;
        OldestMs = placement.MaxAgeMs == long.MaxValue ? long.MinValue : NowMs - placement.MaxAgeMs;
        Deadline = deadline;
    }

    /// <summary>Items that an answer is to have.</summary>
    public static int LimitOf(RecommendationRequest request, Placement placement) => Math.Clamp(request.Limit ?? placement.Limit, 1, Slate.MaxLimit);

    /// <summary>What the step at a place made for this context.</summary>
    public object? ScratchOf(int step) => _scratches[step];

    public void AddToSession(int item)
    {
        if (SessionCount < MaxSession)
        {
            _session[SessionCount++] = item;
        }
    }

    public void ReverseSession() => _session.AsSpan(0, SessionCount).Reverse();
}
