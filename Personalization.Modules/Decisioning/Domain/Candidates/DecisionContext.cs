using Personalization.Decisioning.Contracts;
using Personalization.Decisioning.Domain.Offers;
using Personalization.Decisioning.Domain.Rankers;
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
    private readonly DecisionIds _ids = new();
    private PartHealth? _running;

    public DecisionContext(ICatalog catalog, IReadOnlyList<IDecisionStep>? steps = null)
    {
        _scratches = [.. (steps ?? []).Select(step => step.CreateScratch())];
        Filter = new CatalogFilter(catalog, Rules);
        Slate = new Slate(Filter, Features);
    }

    /// <summary>What a ranker knows of each candidate, when the placement has one.</summary>
    public FeatureTable Features { get; } = new();

    /// <summary>How the decision comes about.</summary>
    public DecisionTrail Trail { get; } = new();

    /// <summary>What the ranker knew when the decision was made: set before a decision is repeated, else by the ranker.</summary>
    public RankerSnapshot? Ranker { get; set; }

    /// <summary>The part or step that works now, for whoever watches from another thread; null between them.</summary>
    public PartHealth? Running => Volatile.Read(ref _running);

    /// <summary>When the decision began, by the monotonic clock.</summary>
    public long StartedAt { get; set; }

    /// <summary>How long it took, microseconds; known when it is written down.</summary>
    public int Micros { get; set; }

    /// <summary>Place of the step that works now.</summary>
    public int CurrentStep { get; set; }

    /// <summary>Who answers when its time is over.</summary>
    public Handover Handover { get; } = new();

    /// <summary>What this decision does without, because it holds the one that this stands in for; null for nothing.</summary>
    public PartHealth? Without { get; private set; }

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

    /// <summary>Version of the session neighbours that were asked; 0 when none were.</summary>
    public int NeighbourVersion { get; set; }

    public Span<int> SessionRoom => _session;

    /// <summary>What the shopper looks at: items oldest first, the current one last.</summary>
    public ReadOnlySpan<int> Session => _session.AsSpan(0, SessionCount);

    public void Begin(RecommendationRequest request, Placement placement, DateTimeOffset now, int pool, Deadline deadline)
    {
        (Request, Placement, DecisionId, NowMs) = (request, placement, _ids.Next(now), now.ToUnixTimeMilliseconds());
        Filter.Clear();
        Offers.Clear();
        Slate.Begin(LimitOf(request, placement), pool);
        View.Clear();
        ProfileId = -1;
        Consent = default;
        SessionCount = NeighbourVersion = 0;
        OldestMs = placement.MaxAgeMs == long.MaxValue ? long.MinValue : NowMs - placement.MaxAgeMs;
        Deadline = deadline;
        Features.IsFilled = false;
        Ranker = null;
        Without = null;
    }

    /// <summary>Says why the step that runs did something, for the decision log. Costs next to nothing; at most 32 a decision are kept.</summary>
    /// <param name="code">What, snake_case; a constant.</param>
    /// <param name="subject">By what: the id of a rule or cap. No personal data.</param>
    /// <param name="item">The item that it was done to; -1 for none.</param>
    /// <param name="value">A number that belongs to it; NaN for none.</param>
    public void Note(string code, string? subject = null, int item = -1, float value = float.NaN) =>
        Trail.Note(CurrentStep, code, subject, item, value);

    public void Enter(PartHealth part) => Volatile.Write(ref _running, part);

    public void Leave() => Volatile.Write(ref _running, null);

    /// <summary>A decision that is repeated from what was written down: its own id and time, and no shopper.</summary>
    public void BeginAgain(RecommendationRequest request, Placement placement, Guid decisionId, long nowMs, int pool)
    {
        Begin(request, placement, DateTimeOffset.FromUnixTimeMilliseconds(nowMs), pool, default);
        DecisionId = decisionId;
    }

    /// <summary>Answers in the place of a decision that hangs.</summary>
    public void StandInFor(Guid decisionId, PartHealth without) => (DecisionId, Without) = (decisionId, without);

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
