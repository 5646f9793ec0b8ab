using System.Text.Json;
using Personalization.Decisioning.Contracts;
using Personalization.Decisioning.Domain.Documents;
using Personalization.Decisioning.Domain.Rules;
using Personalization.Decisioning.Domain.Steps;
using Personalization.Features.Contracts;

namespace Personalization.Tests.Decisioning.Rules;

/// <summary>A shop of a hundred items with rules over it. Conditions on shoppers are names: <c>{"is": "vip"}</c> holds for whom a test says so.</summary>
internal sealed class RuleWorld : IConditions, IDocumentStore
{
    private readonly Dictionary<(string Kind, string Id), (DocumentState State, List<StoredDocument> Versions)> _stored = [];

    public RuleWorld()
    {
        Reader = new RuleReader(this, name => name is "for-you" or "popular" or "new");
        Open();
    }

    public FakeShop Shop { get; } = new();

    public RuleReader Reader { get; }

    public RuleBook Book { get; private set; } = null!;

    /// <summary>Conditions that hold, and for which profiles.</summary>
    public HashSet<(string Name, int Profile)> Holds { get; } = [];

    /// <summary>Whether names in conditions are not known, or not yet.</summary>
    public bool AreNamesGone { get; set; }

    public static JsonElement Json(string json) => JsonElement.Parse(json);

    /// <summary>As after a restart.</summary>
    public void Open() => Book = new RuleBook(this, Reader, Shop, Shop.Clock);

    public void Live(string id, string json)
    {
        var put = Book.Documents.Put(id, Json(json), "tests", null);
        if (put.State is null || Book.Documents.Activate(id, 0, "tests").State is null)
        {
            throw new InvalidOperationException(string.Join("; ", put.Faults.Select(fault => $"{fault.Pointer} {fault.Detail}")));
        }
    }

    public List<DocumentFault> FaultsOf(string json)
    {
        var faults = new List<DocumentFault>();
        Reader.Read("r", 0, Json(json), faults);
        return faults;
    }

    public IDecisionStep[] Steps() => [new ChooseRulesStep(Book, this), new ArrangeByRulesStep(Shop.Models, Shop)];

    public Recommendations Ask(string? user = null, int? limit = null, string placement = "new", DecisionTrial? trial = null, params IDecisionStep[] more) =>
        Shop.Personalizer(null, [.. Steps(), .. more])
            .Recommend(new RecommendationRequest { Placement = placement, UserId = user, Limit = limit, Trial = trial })!;

    public static string[] Ids(Recommendations answer) => [.. answer.Items.Select(item => item.Id)];

    public IShopperCondition? Compile(JsonElement condition, string path, ICollection<ConditionFault> faults)
    {
        if (condition.ValueKind == JsonValueKind.Object && condition.TryGetProperty("is", out var name))
        {
            if (AreNamesGone)
            {
                faults.Add(new ConditionFault(path + "/is", "Nobody knows it."));
            }

            return new Named(this, name.GetString()!);
        }

        faults.Add(new ConditionFault(path, "It is none."));
        return null;
    }

    public IShopperLook CreateLook() => new Look();

    public IReadOnlyList<DocumentState> List(string kind) => [.. _stored.Where(pair => pair.Key.Kind == kind).Select(pair => pair.Value.State)];

    public IReadOnlyList<StoredDocument> Versions(string kind, string id) => _stored.TryGetValue((kind, id), out var found) ? found.Versions : [];

    public StoredDocument? Find(string kind, string id, int version) => Versions(kind, id).FirstOrDefault(stored => stored.Version == version);

    public void Add(string kind, StoredDocument document, DocumentState state, int keep)
    {
        var versions = _stored.TryGetValue((kind, document.Id), out var found) ? found.Versions : [];
        versions.Add(document);
        _stored[(kind, document.Id)] = (state, versions);
    }

    public void Set(string kind, DocumentState state) => _stored[(kind, state.Id)] = (state, _stored[(kind, state.Id)].Versions);

    public void Forget(string kind, string id) => _stored.Remove((kind, id));

    private sealed class Look : IShopperLook
    {
        public int Profile { get; private set; }

        public void At(int profileId, long nowMs, JsonElement context) => Profile = profileId;
    }

    private sealed class Named(RuleWorld world, string name) : IShopperCondition
    {
        public bool Holds(IShopperLook look) =>
            name == "broken" ? throw new InvalidOperationException("broken") : world.Holds.Contains((name, ((Look)look).Profile));
    }
}
