using Personalization.Decisioning.Contracts;
using Personalization.Features.Contracts;

namespace Personalization.Decisioning.Domain.Candidates;

/// <summary>Everything that one decision works with. Pooled: reused from decision to decision, by one thread at a time.</summary>
internal sealed class DecisionContext
{
    /// <summary>Items of the session that are read, the newest.</summary>
    public const int MaxSession = 64;
    private readonly int[] _session = new int[MaxSession];

    public DecisionContext(ICatalog catalog)
    {
        Filter = new CatalogFilter(catalog);
        Slate = new Slate(Filter);
    }

    public CatalogFilter Filter { get; }

    public Slate Slate { get; }

    public NeighbourScratch Scratch { get; } = new();

    public ScoredItem[] Room { get; } = new ScoredItem[Slate.MaxLimit];

    public ProfileView View { get; } = new();

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

    public void Begin(int limit, Deadline deadline)
    {
        Filter.Clear();
        Slate.Begin(limit);
        View.Clear();
        ProfileId = -1;
        Consent = default;
        SessionCount = 0;
        OldestMs = long.MinValue;
        Deadline = deadline;
    }

    public void AddToSession(int item)
    {
        if (SessionCount < MaxSession)
        {
            _session[SessionCount++] = item;
        }
    }

    public void ReverseSession() => _session.AsSpan(0, SessionCount).Reverse();
}
