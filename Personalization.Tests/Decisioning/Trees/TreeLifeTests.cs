using System.Text;
using System.Text.Json;
using Microsoft.Data.Sqlite;
using Microsoft.Extensions.Logging.Abstractions;
using NUnit.Framework;
using Personalization.Decisioning;
using Personalization.Decisioning.Domain.Candidates;
using Personalization.Decisioning.Domain.Life;
using Personalization.Decisioning.Domain.Trees;
using Personalization.Decisioning.Storage.Life;
using Personalization.Decisioning.Storage.Trees;
using Personalization.Tests.Decisioning.Life;
using Personalization.Tests.Decisioning.Rankers;
using Personalization.Tests.Support;

namespace Personalization.Tests.Decisioning.Trees;

/// <summary>Imported models on their way into service and out of it.</summary>
[Parallelizable]
[FixtureLifeCycle(LifeCycle.InstancePerTestCase)]
internal sealed class TreeLifeTests : IDisposable
{
    private const string Id = "clicks";
    private const string Name = "tree-clicks";
    private readonly TemporaryFolder _folder = new();
    private readonly FakeShop _shop = new();
    private readonly FixedAnswers _answers = new();
    private readonly FixedCounts _counts = new();
    private readonly ModelLifeOptions _options = new() { MaxMeanMicroseconds = 1_000_000, CanaryWaitMinutes = 0 };
    private ModelRegistry _registry = null!;
    private TreeModels _trees = null!;

    public TreeLifeTests()
    {
        // People click what is new, and never what is popular.
        for (var i = 0; i < 200; i++)
        {
            _answers.All.Add(new ClickedAnswer(Candidates(i, 40), Candidates(i, 5), i + 4));
        }

        Restart();
    }

    public void Dispose() => _folder.Dispose();

    [Test]
    public void The_first_file_serves_and_a_poorer_one_waits_until_somebody_says_why_and_goes_with_one_call()
    {
        var first = Put(Stump("newness"));
        var poorer = Put(Stump("popularity"));
        var waiting = _trees.Find(Id)!.Live!.Version;
        var refused = _registry.Promote(Name, 2, null, "tester")!;
        var promoted = _registry.Promote(Name, 2, "to see it fail", "tester")!;
        Restart();
        var afterwards = _trees.Find(Id)!.Live!.Version;
        _registry.Rollback(Name, "it failed", "tester");

        using (Assert.EnterMultipleScope())
        {
            Assert.That((first.IsLive, string.Join(' ', first.Check.Gates.Select(gate => gate.Name))), Is.EqualTo((true, "latency erased_people")), "nothing to be behind of");
            Assert.That((poorer.IsLive, waiting, poorer.Check.AgainstVersion, Closed(poorer)), Is.EqualTo((false, 1L, 1, "quality")));
            Assert.That((poorer.Check.Live!.Mrr, poorer.Check.Measured.Mrr, poorer.Check.Live.Questions), Is.EqualTo((1.0, 0.2, 200)).Within(1e-9));
            Assert.That((refused.Faults.Single().Detail, promoted.Version?.Version, afterwards), Is.EqualTo(("Closed: quality. Say why it may serve all the same.", (int?)2, 2L)));
            Assert.That((_trees.Find(Id)!.Live!.Version, Predict(new Guid())), Is.EqualTo((1L, 1.0)).Within(1e-3));
            Assert.That(_registry.Changes(Name, 20).Select(change => change.What).Where(what => what is not "register"), Is.EqualTo((string[])["rollback", "promote", "check", "promote", "check"]));
        }
    }

    [Test]
    public void One_that_is_as_good_serves_at_once_unless_it_is_to_wait()
    {
        Put(Stump("popularity"));
        var better = Put(Stump("newness"));
        var told = _trees.Put(Id, Stump("newness"), mayServe: false, "tester", default)!;

        Assert.That((better.IsLive, told.IsLive, told.Check.HasPassed, _trees.Find(Id)!.Live!.Version), Is.EqualTo((true, false, true, 2L)));
        Assert.That(_registry.Promote(Name, 3, null, "tester")!.Version?.Version, Is.EqualTo(3));
    }

    [Test]
    public void What_proposes_fewer_and_more_popular_items_waits()
    {
        var random = new Random(2);
        for (var i = 0; i < 400; i++)
        {
            _shop.Session(1 + (i % 50), random.Next(8));
        }

        _shop.Models.Popularity.Rebuild();
        _answers.All.Clear();
        for (var i = 0; i < 60; i++)
        {
            // Ties go to the lower number: what tells nothing apart proposes what is popular here, and always the same.
            var candidates = new TreeQuestion([.. Enumerable.Range(0, 20), .. Enumerable.Range(20 + (i * 20 % 80), 20)], Rows(40, row => row < 20 ? 0 : 1));
            _answers.All.Add(new ClickedAnswer(candidates, new TreeQuestion([0, 1], Rows(2, _ => 0)), 0));
        }

        Put(Stump("newness"));
        var narrow = Put(Stump("stock"));

        Assert.That((narrow.IsLive, Closed(narrow)), Is.EqualTo((false, "coverage, popularity_bias")), JsonSerializer.Serialize(narrow.Check));
    }

    [Test]
    public void What_takes_too_long_waits_whatever_served_before()
    {
        _options.MaxMeanMicroseconds = 1e-9;
        var slow = Put(Stump("newness"));

        Assert.That((slow.IsLive, Closed(slow), _trees.Find(Id)!.Live), Is.EqualTo((false, "latency", (ServedTreeModel?)null)));
        Assert.That(Predict(new Guid()), Is.Zero, "rankers do without");
    }

    [Test]
    public void Without_anything_to_measure_by_a_second_one_waits_where_rankers_ask_it()
    {
        _answers.All.Clear();
        Put(Stump("newness"));
        var second = Put(Stump("newness"));

        Assert.That((second.IsLive, Closed(second)), Is.EqualTo((false, "questions")));
    }

    [Test]
    public void A_canary_answers_its_share_and_its_rule_promotes_it()
    {
        Put(Stump("newness"));
        Put(Stump("popularity"));
        var refused = _registry.StartCanary(Name, 2, new CanaryRule(Share: 0.5, Answers: 100), null, "tester")!;
        _registry.StartCanary(Name, 2, new CanaryRule(Share: 0.5, Answers: 100), "to try it", "tester");
        Restart();
        var ids = Enumerable.Range(0, 300).Select(_ => Guid.CreateVersion7()).ToList();
        var tried = ids.Count(id => _trees.Find(Id)!.For(id)!.Version == 2);
        var decisions = new RankedShop();
        decisions.Ask();
        var (record, plain) = (decisions.Journal.Kept[0], decisions.Journal.Kept[0] with { Ranking = null });
        _counts.Next = (new(100, 10), new(100, 10));
        var verdict = _registry.JudgeCanary(Name, _counts, default)!.Value;
        var versions = ids.Select(id => _counts.VersionOf(record with { Id = id })).ToList();

        using (Assert.EnterMultipleScope())
        {
            Assert.That(refused.Version, Is.Null);
            Assert.That(tried, Is.InRange(100, 200));
            Assert.That((verdict.Verdict, _trees.Find(Id)!.Live!.Version), Is.EqualTo((CanaryVerdict.Promote, 2L)));
            Assert.That(versions, Is.All.EqualTo(2L), "nothing is tried any more");
            Assert.That((_counts.VersionOf(plain), _counts.VersionOf(record with { Placement = "similar" })), Is.EqualTo(((long?)null, (long?)null)), "no ranker, or one that asks no tree");
        }
    }

    [Test]
    public async Task A_shadow_answers_every_32nd_decision_unseen()
    {
        Put(Stump("newness"));
        Put(Stump("popularity"));
        _registry.Shadow(Name, 2);
        var ranked = new RankedShop(options => options.TreeModel = Id);
        ranked.Trees.Only = _trees.Find(Id);
        for (var i = 0; i < 64; i++)
        {
            ranked.Ask();
        }

        using var stop = new CancellationTokenSource();
        var comparing = _shop.Models.Shadows.RunAsync(TimeProvider.System, stop.Token);
        for (var look = 0; look < 1_000 && _registry.Model(Name)!.ReadShadow()!.Compared < 2; look++)
        {
            await Task.Delay(5);
        }

        var report = _registry.Model(Name)!.ReadShadow()!;
        await stop.CancelAsync();
        Assert.That(async () => await comparing, Throws.InstanceOf<OperationCanceledException>());
        Assert.That((report.Version, report.Compared, report.Overlap < 1), Is.EqualTo((2L, 2L, true)));
        Assert.That(ranked.Journal.Kept[^1].Ranking!.Features.Select(row => row[FeatureTable.Tree]).Distinct().Count(), Is.EqualTo(2), "rankers see what the live one says");
    }

    [Test]
    public void A_withdrawal_is_taken_back_by_a_rollback()
    {
        Put(Stump("newness"));
        var withdrawn = (_trees.Withdraw(Id, "tester"), _trees.Withdraw(Id, "tester"), _trees.Withdraw("unknown", "tester"), _trees.Find(Id)!.Live);
        Restart();
        var still = _trees.Find(Id)!.Live;
        _registry.Rollback(Name, null, "tester");

        Assert.That((withdrawn, still, _trees.Find(Id)!.Live?.Version), Is.EqualTo(((true, false, false, (ServedTreeModel?)null), (ServedTreeModel?)null, (long?)1)));
    }

    [TestCase("DELETE FROM decisioning_tree_model WHERE version = 2")]
    [TestCase("UPDATE decisioning_tree_model SET body = x'00' WHERE version = 2")]
    public void A_file_that_is_gone_or_damaged_does_not_serve_and_stops_nothing(string damage)
    {
        Put(Stump("popularity"));
        Put(Stump("newness"));
        _trees.Put("other", Stump("newness"), true, "tester", default);
        Execute("models.db", damage);
        Restart();
        var (broken, other) = (_trees.Find(Id)!.Live, _trees.Find("other")!.Live?.Version);

        Assert.That((broken, other, Predict(new Guid())), Is.EqualTo(((ServedTreeModel?)null, (long?)1, 0.0)));
        Assert.That(_registry.Promote(Name, 1, "what there is", "tester")!.Version?.Version, Is.EqualTo(1));
        Assert.That(_trees.Find(Id)!.Live!.Version, Is.EqualTo(1));
    }

    [Test]
    public void Files_of_a_time_before_versions_go_on_serving()
    {
        Put(Stump("popularity"));
        Put(Stump("newness"));
        _trees.Put("gone", Stump("newness"), true, "tester", default);
        _trees.Withdraw("gone", "tester");
        File.Delete(_folder.File("model_versions.db"));
        Restart();

        Assert.That((_trees.Find(Id)!.Live!.Version, _trees.Find("gone")!.Live, Put(Stump("newness")).Version), Is.EqualTo((2L, (ServedTreeModel?)null, 3)));
    }

    [Test]
    public void The_last_ten_files_are_kept_and_the_one_that_serves()
    {
        Put(Stump("newness"));
        for (var i = 0; i < 12; i++)
        {
            Put(Stump("popularity"));
        }

        Restart();

        Assert.That(new TreeModelStore(_folder.File("models.db")).Kept().Select(file => file.Version), Is.EqualTo((long[])[1, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13]));
        Assert.That((_trees.Find(Id)!.Live!.Version, _registry.Promote(Name, 2, "as above", "tester")!.Faults.Single().Pointer), Is.EqualTo((1L, "/parameters/file")));
    }

    [TestCase("""{"file": 7}""", "/parameters/file")]
    [TestCase("""{"file": "1"}""", "/parameters")]
    [TestCase("""{"file": 1, "more": 2}""", "/parameters")]
    [TestCase("""{}""", "/parameters")]
    [TestCase("""[1]""", "/parameters")]
    [TestCase("""{"file": 1e300}""", "/parameters")]
    public void Versions_of_no_kept_file_are_refused(string parameters, string pointer)
    {
        Put(Stump("newness"));

        Assert.That(_registry.Register(Name, JsonElement.Parse(parameters), null, "tester")!.Faults.Single().Pointer, Is.EqualTo(pointer));
    }

    /// <summary>1 for what has much of a feature, else 0; as LightGBM writes it.</summary>
    internal static byte[] Stump(string feature) => Encoding.UTF8.GetBytes($"""
        tree
        version=v4
        num_class=1
        num_tree_per_iteration=1
        label_index=0
        max_feature_idx=0
        objective=binary sigmoid:1
        feature_names={feature}
        feature_infos=[0:1]
        tree_sizes=1

        Tree=0
        num_leaves=2
        num_cat=0
        split_feature=0
        split_gain=1
        threshold=0.5
        decision_type=2
        left_child=-1
        right_child=-2
        leaf_value=-9 9
        is_linear=0
        shrinkage=1


        end of trees
        """);

    private static string Closed(PutTreeModel put) => Gates.Closed(put.Check.Gates);

    /// <summary>Of so many items from a first one the last is new, and all others are popular; the popular have the lower numbers.</summary>
    private static TreeQuestion Candidates(int first, int count) =>
        new([.. Enumerable.Range(first, count)], Rows(count, row => row == 4 ? 1 : 0));

    private static byte[] Rows(int count, Func<int, int> isNew)
    {
        var rows = new byte[count * FeatureTable.Width];
        for (var row = 0; row < count; row++)
        {
            rows[(row * FeatureTable.Width) + FeatureTable.Newness] = (byte)(255 * isNew(row));
            rows[(row * FeatureTable.Width) + FeatureTable.Popularity] = (byte)(255 * (1 - isNew(row)));
        }

        return rows;
    }

    private PutTreeModel Put(byte[] file) => _trees.Put(Id, file, mayServe: true, "tester", default)!;

    /// <summary>What is made of a new item.</summary>
    private double Predict(Guid decision) =>
        _trees.Find(Id)!.For(decision) is { } served ? Scorer().Predict(served.Model, Rows(1, _ => 1), []) : 0;

    private static TreeScorer Scorer() => new(FeatureTable.NamesOf([]));

    private void Restart()
    {
        _registry = new ModelRegistry([], new ModelVersionStore(_folder.File("model_versions.db")), _options, _shop.Clock);
        _trees = new TreeModels(_registry, new TreeWorld(
            new TreeModelStore(_folder.File("models.db")), Scorer(), _answers, _ => new HashSet<string> { "for-you" }, _shop.Models, TimeProvider.System, NullLogger<TreeVersions>.Instance));
    }

    private void Execute(string file, string sql)
    {
        using var connection = new SqliteConnection($"Data Source={_folder.File(file)}");
        connection.Open();
        using var command = connection.CreateCommand();
        command.CommandText = sql;
        Assert.That(command.ExecuteNonQuery(), Is.EqualTo(1));
    }

    private sealed class FixedAnswers : IClickedAnswers
    {
        public List<ClickedAnswer> All { get; } = [];

        public IEnumerable<ClickedAnswer> Newest(IReadOnlySet<string> placements, int most, CancellationToken cancellationToken) => All.Take(most);
    }
}
