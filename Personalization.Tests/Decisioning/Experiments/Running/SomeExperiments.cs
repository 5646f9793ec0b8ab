using System.Text;
using Microsoft.Extensions.Options;
using Personalization.Decisioning;
using Personalization.Decisioning.Contracts;
using Personalization.Decisioning.Domain;
using Personalization.Decisioning.Domain.Experiments;
using Personalization.Decisioning.Domain.Experiments.Running;
using Personalization.Kernel.Hashing;
using Personalization.Kernel.Privacy;
using Personalization.Decisioning.Storage.Experiments;
using Personalization.Tests.Decisioning.Rules;
using Personalization.Tests.Support;

namespace Personalization.Tests.Decisioning.Experiments.Running;

/// <summary>Experiments over a fake shop, on a real file, without a host.</summary>
internal sealed class SomeExperiments : ISuppressionList, IDisposable
{
    private readonly TemporaryFolder _folder = new();
    private readonly ExperimentOptions _options;

    public SomeExperiments(int maxAssignments = 100_000)
    {
        _options = new ExperimentOptions { MaxAssignments = maxAssignments };
        Compiler = new ExperimentCompiler(Shop.Options.Placements, ["rules"], version => version == 2, Rules);
        Desk = NewDesk();
        Kept = new KeptAssignments(maxAssignments, []);
        Variants = NewVariants(Kept);
    }

    /// <summary>Whose conditions are names: they hold for whom a test says so.</summary>
    public RuleWorld Rules { get; } = new();

    public FakeShop Shop => Rules.Shop;

    public ExperimentCompiler Compiler { get; }

    public ExperimentDesk Desk { get; }

    public KeptAssignments Kept { get; }

    public PlacementVariants Variants { get; }

    public List<Exposure> Exposures { get; } = [];

    public HashSet<UInt128> Suppressed { get; } = [];

    public bool IsEmpty => Suppressed.Count == 0;

    public ExperimentDesk NewDesk() => new(new ExperimentStore(Path.Combine(_folder.Path, "experiments.db")), Compiler, _options, Shop.Clock);

    public PlacementVariants NewVariants(KeptAssignments kept) => new(
        Desk, kept, People, Shop, Exposures.Add, Options.Create(_options), Shop.Clock, Rules);

    public FlagAssignments NewFlags(KeptAssignments kept) => new(kept, new ExperimentStore(Path.Combine(_folder.Path, "experiments.db")), People, Shop.Clock);

    private MeasuredPeople People => new(Shop, Shop, this, new KeyHasher(new byte[16]));

    public ExperimentOutcome Put(string key, string body) => Desk.Put(key, Encoding.UTF8.GetBytes(body), "tester");

    public void Run(string key, string body)
    {
        var outcome = Put(key, body);
        if (outcome.Known is null)
        {
            throw new InvalidOperationException(string.Join("; ", outcome.Faults));
        }

        Desk.Start(key, "tester");
    }

    public Placement Ask(string? user = null, string? device = null, string placement = "for-you") => Variants.For(
        Placement.From(placement, Shop.Options.Placements[placement]), new RecommendationRequest { Placement = placement, UserId = user, AnonymousId = device });

    public bool Contains(UInt128 identifier) => Suppressed.Contains(identifier);

    public bool IsSuppressed(in EventTrace trace, out int request) => throw new NotSupportedException();

    public void CountWithheld(int request) => throw new NotSupportedException();

    public void Suppress(string requestId, IEnumerable<UInt128> identifiers) => throw new NotSupportedException();

    public bool Lift(string requestId, string reason) => throw new NotSupportedException();

    public Tombstone? Find(string requestId) => throw new NotSupportedException();

    public IReadOnlyList<Tombstone> List(int limit) => throw new NotSupportedException();

    public IReadOnlyList<StoreReceipt> ReceiptsOf(string requestId) => throw new NotSupportedException();

    public void Dispose() => _folder.Dispose();
}
