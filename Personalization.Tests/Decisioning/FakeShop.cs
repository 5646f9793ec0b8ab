using Microsoft.Extensions.Logging.Abstractions;
using Personalization.Kernel.Pipelines;
using Personalization.Consent.Contracts;
using Personalization.Decisioning;
using Personalization.Decisioning.Domain;
using Personalization.Decisioning.Domain.Candidates;
using Personalization.Decisioning.Domain.Journal;
using Personalization.Decisioning.Domain.Steps;
using Personalization.Decisioning.Pipeline;
using Personalization.Features.Contracts;
using Personalization.Identity.Contracts;
using Personalization.Tracking.Contracts;

namespace Personalization.Tests.Decisioning;

/// <summary>A shop of a hundred items, i0 to i99, five categories of twenty, and shoppers u0, u1, … with whatever a test gives them.</summary>
internal sealed class FakeShop : ICatalog, IProfileDirectory, IConsent, IProfileFeatures
{
    public const int Items = 100;
    public const long Start = 1_700_000_000_000;
    private readonly string[] _ids = [.. Enumerable.Range(0, 1000).Select(i => $"i{i}")];
    private readonly Dictionary<string, int> _numbers = [];
    private readonly CatalogItem?[] _items;
    private readonly EventBatch _batch = new(static _ => { });

    public FakeShop(bool isEmpty = false, ModelTrainingOptions? training = null, ISegments? segments = null)
    {
        _items = [.. _ids.Select((id, i) => i < Items ? new CatalogItem { Id = id, CategoryTerm = i / 20 } : null)];
        Count = isEmpty ? 0 : Items;
        for (var i = 0; i < _ids.Length; i++)
        {
            _numbers[_ids[i]] = i;
        }

        Models = new LearnedModels(Options, training, segments);
        Stage = new LearnStage(Models);
    }

    public DecisioningOptions Options { get; } = new() { MaxSessions = 1024, MaxItems = 1024 };

    public LearnedModels Models { get; }

    public LearnStage Stage { get; }

    public FakeClock Clock { get; } = new();

    public HashSet<int> SoldOut { get; } = [];

    public Dictionary<int, Action<ProfileView>> Views { get; } = [];

    public ConsentVerdict Verdict { get; set; } = new(IsAllowed: true, ConsentReason.Granted);

    public int ProfileReads { get; private set; }

    public int Count { get; }

    public CatalogItem? this[int item] => item < Count ? _items[item] : null;

    public Personalizer Personalizer(CandidatePlan? plan = null, params IDecisionStep[] steps) => Personalizer(plan, null, steps);

    public Personalizer Personalizer(CandidatePlan? plan, IDecisionJournal? journal, IReadOnlyList<IDecisionStep> steps) => new(
        Microsoft.Extensions.Options.Options.Create(Options),
        new ShopperReader(this, this, this, this, Models),
        plan ?? CandidatePlan.Create(Models, Options, this),
        Models,
        this,
        Clock,
        new DecisionMeter(new ForegroundWork()),
        NullLogger<Personalizer>.Instance,
        steps: steps,
        journal: journal);

    /// <summary>Lets the catalogue say something else of an item.</summary>
    public void Describe(int item, string? brand = null, decimal? price = null, int? stock = null, string? attributes = null) =>
        _items[item] = new CatalogItem { Id = _ids[item], CategoryTerm = item / 20, Brand = brand, Price = price, Stock = stock, Attributes = attributes };

    public Personalizer Personalizer(IPlacementVariants variants) => new(
        Microsoft.Extensions.Options.Options.Create(Options),
        new ShopperReader(this, this, this, this, Models),
        CandidatePlan.Create(Models, Options, this),
        Models,
        this,
        Clock,
        new DecisionMeter(new ForegroundWork()),
        NullLogger<Personalizer>.Instance,
        variants: variants);

    public void Send(EventKind kind, int profile, long session, long atMs, params int[] items) =>
        Stage.Apply(Event(kind, profile, session, atMs, items));

    public TrackedEvent Event(EventKind kind, int profile, long session, long atMs, params int[] items)
    {
        var sent = _batch.AddEvent();
        (sent.Kind, sent.ProfileId, sent.SessionNumber, sent.TimestampMs) = (kind, profile, session, atMs);
        sent.MayTrain = sent.MayProfile = true;
        foreach (var item in items)
        {
            ref var line = ref _batch.AddLine();
            line.Item = item;
            line.CategoryTerm = item / 20;
        }

        return sent;
    }

    /// <summary>A session of views by a shopper of its own, who is not asked about.</summary>
    public void Session(int profile, params int[] items)
    {
        foreach (var item in items)
        {
            Send(EventKind.ProductViewed, profile, 1, Start + (profile * 1000), item);
        }
    }

    /// <summary>Lets a shopper have viewed items, oldest first, in a session that is still on.</summary>
    public void HasViewed(int profile, params int[] items) => Views[profile] = view =>
    {
        (view.SessionNumber, view.SessionStartMs, view.LastEventMs) = (1, Start, Start + 100);
        Fill(view, RecentKind.Viewed, items);
    };

    public static void Fill(ProfileView view, RecentKind kind, params int[] items)
    {
        for (var i = 0; i < items.Length; i++)
        {
            view.RecentBuffer(kind)[i] = new RecentItem(items[items.Length - 1 - i], Start + items.Length - i);
        }

        view.SetRecentCount(kind, items.Length);
    }

    public int Find(ReadOnlySpan<char> itemId) => _numbers.TryGetValue(itemId.ToString(), out var item) ? item : -1;

    public string IdOf(int item) => _ids[item];

    public bool IsSellable(int item) => !SoldOut.Contains(item);

    public ReadOnlySpan<int> ItemsOfCategory(int categoryTerm) =>
        Enumerable.Range(categoryTerm * 20, 20).Reverse().Where(item => item < Count).ToArray();

    public string TermOf(int term) => $"category {term}";

    public int Find(ReadOnlySpan<char> userId, ReadOnlySpan<char> anonymousId) =>
        userId.StartsWith("u") && int.TryParse(userId[1..], out var profile) ? profile : -1;

    public int Find(UInt128 userKey, UInt128 anonymousKey) => -1;

    public int Canonical(int profileId) => profileId;

    public ConsentVerdict May(int profileId, Purposes purpose) => Verdict;

    public bool TryRead(int profileId, ProfileView view)
    {
        ProfileReads++;
        view.Clear();
        if (!Views.TryGetValue(profileId, out var fill))
        {
            return false;
        }

        fill(view);
        return true;
    }
}
