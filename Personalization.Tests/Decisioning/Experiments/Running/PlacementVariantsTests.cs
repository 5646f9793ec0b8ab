using NUnit.Framework;
using Personalization.Consent.Contracts;
using Personalization.Decisioning.Contracts;
using Personalization.Decisioning.Domain.Experiments.Running;
using Personalization.Tracking.Contracts;

namespace Personalization.Tests.Decisioning.Experiments.Running;

/// <summary>Who gets which arm of an experiment with a placement.</summary>
[Parallelizable]
internal sealed class PlacementVariantsTests
{
    private const string Half = """
        { "placement": "for-you", "control": "usual", "arms": [ { "key": "usual" }, { "key": "best", "options": { "kind": "popular", "limit": 7 } } ] }
        """;

    private SomeExperiments _some = null!;

    [SetUp]
    public void Open() => _some = new SomeExperiments();

    [TearDown]
    public void Close() => _some.Dispose();

    [Test]
    public void An_arm_changes_what_it_says_and_nothing_else()
    {
        _some.Run("kinds", Half);

        var placements = Enumerable.Range(0, 400).Select(i => _some.Ask(device: $"d{i}")).ToList();
        var best = placements.Where(placement => placement.Variant == "best").ToList();

        using (Assert.EnterMultipleScope())
        {
            Assert.That(best, Has.Count.EqualTo(200).Within(50));
            Assert.That(best.Select(placement => (placement.Kind, placement.Limit, placement.ExcludePurchased)), Is.All.EqualTo((PlacementKind.Popular, 7, true)));
            Assert.That(placements.Where(placement => placement.Variant == "usual").Select(placement => (placement.Kind, placement.Limit)), Is.All.EqualTo((PlacementKind.ForYou, 20)));
            Assert.That(placements.Select(placement => placement.Experiment), Is.All.EqualTo("kinds"));
            Assert.That(_some.Ask(device: "d0", placement: "similar").Experiment, Is.Null, "another placement");
            Assert.That(_some.Ask().Experiment, Is.Null, "nobody can be told apart");
        }
    }

    [Test]
    public void Only_those_whom_it_is_about_come_in_and_nobody_else_is_counted()
    {
        _some.Run("kinds", Half.Replace("\"control\"", "\"when\": { \"is\": \"vip\" }, \"control\"", StringComparison.Ordinal));
        _some.Rules.Holds.UnionWith(Enumerable.Range(0, 50).Select(profile => ("vip", profile)));
        var vips = Enumerable.Range(0, 50).Select(i => _some.Ask($"u{i}").Variant).ToList();
        var others = Enumerable.Range(50, 50).Select(i => _some.Ask($"u{i}")).ToList();

        using (Assert.EnterMultipleScope())
        {
            Assert.That(vips, Is.SupersetOf((string[])["usual", "best"]).And.All.Not.Null);
            Assert.That(others.Select(placement => (placement.Experiment, placement.Kind, placement.Limit)), Is.All.EqualTo(((string?)null, PlacementKind.ForYou, 20)));
            Assert.That(_some.Exposures, Has.Count.EqualTo(50));
            Assert.That(_some.Ask(device: "d1").Experiment, Is.Null, "of whom nothing is known");
        }
    }

    [Test]
    public void Who_has_an_arm_keeps_it_when_the_condition_holds_no_more()
    {
        _some.Run("kinds", Half.Replace("\"control\"", "\"when\": { \"is\": \"vip\" }, \"control\"", StringComparison.Ordinal));
        _some.Rules.Holds.Add(("vip", 3));
        var before = _some.Ask("u3").Variant;
        _some.Rules.Holds.Clear();

        Assert.That((_some.Ask("u3").Variant, _some.Ask("u4").Variant), Is.EqualTo((before, (string?)null)));
        _some.Shop.Verdict = new ConsentVerdict(IsAllowed: false, ConsentReason.Denied);
        _some.Rules.Holds.UnionWith([("vip", 3), ("vip", 4)]);
        Assert.That((_some.Ask("u3").Variant, _some.Ask("u4").Variant), Is.EqualTo(((string?)null, (string?)null)), "a profile that may not be used is in no segment");
    }

    [Test]
    public void A_wrong_condition_is_told_with_the_other_faults_and_one_that_became_wrong_holds_for_nobody()
    {
        var faults = _some.Put("kinds", Half.Replace("\"control\"", "\"when\": 3, \"coverage\": 2, \"control\"", StringComparison.Ordinal)).Faults;

        Assert.That(faults.Select(fault => fault.Pointer), Is.EquivalentTo((string[])["/when", "/coverage"]));
        _some.Run("kinds", Half.Replace("\"control\"", "\"when\": { \"is\": \"vip\" }, \"control\"", StringComparison.Ordinal));
        _some.Rules.AreNamesGone = true;
        Assert.That(_some.NewDesk().RunningAt("for-you")[0].When, Is.Not.Null, "it starts all the same");
    }

    [Test]
    public void The_answer_says_what_it_was_part_of()
    {
        _some.Run("kinds", Half);
        _some.Shop.Session(10, 1, 2);
        _some.Shop.Models.Popularity.Rebuild();
        var user = Enumerable.Range(0, 50).Select(i => $"u{i}").First(candidate => _some.Ask(candidate).Variant == "best");

        var answer = _some.Shop.Personalizer(_some.Variants).Recommend(new RecommendationRequest { Placement = "for-you", UserId = user })!;

        Assert.That((answer.Experiment, answer.Variant, answer.ModelVersion.Split('@')[0], answer.Items.Count), Is.EqualTo(("kinds", "best", "popularity", 7)));
    }

    [Test]
    public void Chance_proposes_what_can_be_sold_and_differs_between_decisions()
    {
        _some.Run("chance", """{ "placement": "for-you", "control": "a", "arms": [ { "key": "a", "weight": 0 }, { "key": "b", "options": { "kind": "random" } } ] }""");
        _some.Shop.SoldOut.UnionWith(Enumerable.Range(0, 50));
        var personalizer = _some.Shop.Personalizer(_some.Variants);
        var answers = Enumerable.Range(0, 40).Select(_ => personalizer.Recommend(new RecommendationRequest { Placement = "for-you", AnonymousId = "d" })!).ToList();
        var shown = answers.SelectMany(answer => answer.Items).ToList();

        using (Assert.EnterMultipleScope())
        {
            Assert.That(answers.Select(answer => answer.Items.Count), Is.All.EqualTo(20));
            Assert.That(shown.Select(item => item.Reason), Is.All.EqualTo(ReasonCode.Random));
            Assert.That(shown.Select(item => int.Parse(item.Id[1..])), Is.All.GreaterThanOrEqualTo(50));
            Assert.That(shown.DistinctBy(item => item.Id).Count(), Is.EqualTo(50), "any of them comes");
            Assert.That(answers.Select(answer => answer.Items.DistinctBy(item => item.Id).Count()), Is.All.EqualTo(20));
        }
    }

    [Test]
    public void Who_signs_in_keeps_the_arm_of_the_device_and_takes_it_to_the_next()
    {
        _some.Run("kinds", Half);
        var (device, user) = Pair("usual", "best");

        using (Assert.EnterMultipleScope())
        {
            Assert.That(_some.Ask(device: device).Variant, Is.EqualTo("usual"));
            Assert.That(_some.Ask(user, device).Variant, Is.EqualTo("usual"), "the hash of the user would say otherwise");
            Assert.That(_some.Ask(user, "another device").Variant, Is.EqualTo("usual"));
            Assert.That(_some.Ask(device: "another device").Variant, Is.EqualTo("usual"));
        }
    }

    [Test]
    public void A_person_who_has_an_arm_brings_it_to_a_device_that_had_another()
    {
        _some.Run("kinds", Half);
        var (device, user) = Pair("usual", "best");
        _some.Ask(user);
        _some.Ask(device: device);

        Assert.That(_some.Ask(user, device).Variant, Is.EqualTo("best"));
    }

    [Test]
    public void An_assignment_holds_when_shares_change_and_over_a_restart_and_only_new_people_feel_it()
    {
        _some.Run("kinds", Half);
        var before = Enumerable.Range(0, 200).ToDictionary(i => $"d{i}", i => _some.Ask(device: $"d{i}").Variant);
        var rows = new List<AssignmentRow>();
        while (_some.Kept.Fresh.TryRead(out var row))
        {
            rows.Add(row);
        }

        _some.Run("kinds", Half.Replace("\"usual\" }", "\"usual\", \"weight\": 0 }", StringComparison.Ordinal));
        var restarted = _some.NewVariants(new KeptAssignments(1_000, rows));
        string? Ask(string device) => restarted.For(_some.Ask(), new RecommendationRequest { Placement = "for-you", AnonymousId = device }).Variant;
        var placement = _some.Ask();

        using (Assert.EnterMultipleScope())
        {
            Assert.That(placement.Experiment, Is.Null);
            Assert.That(before.Keys.ToDictionary(device => device, device => _some.Ask(device: device).Variant), Is.EqualTo(before));
            Assert.That(before.Keys.ToDictionary(device => device, Ask), Is.EqualTo(before), "after a restart");
            Assert.That(Enumerable.Range(0, 50).Select(i => Ask($"new{i}")), Is.All.EqualTo("best"));
        }
    }

    [Test]
    public void A_stopped_arm_shows_what_the_placement_does_and_counts_nobody_any_more()
    {
        _some.Run("kinds", Half);
        var best = Enumerable.Range(0, 200).Select(i => $"d{i}").Where(device => _some.Ask(device: device).Variant == "best").ToList();
        _some.Desk.StopArm("kinds", "best", "too slow", "tester");
        _some.Exposures.Clear();
        _some.Shop.Clock.Advance(TimeSpan.FromDays(2));

        using (Assert.EnterMultipleScope())
        {
            Assert.That(best, Has.Count.GreaterThan(50));
            Assert.That(best.Select(device => _some.Ask(device: device)), Is.All.Matches<Personalization.Decisioning.Domain.Placement>(placement => placement is { Variant: null, Kind: PlacementKind.ForYou }));
            Assert.That(_some.Exposures, Is.Empty);
            Assert.That(Enumerable.Range(0, 100).Select(i => _some.Ask(device: $"new{i}").Variant), Is.All.EqualTo("usual"));
        }
    }

    [Test]
    public void Experiments_that_divide_a_namespace_share_nobody()
    {
        const string space = """, "namespace": { "id": "page", "from": FROM, "until": UNTIL } }""";
        string Part(string from, string until) => Half.TrimEnd()[..^1] + space.Replace("FROM", from, StringComparison.Ordinal).Replace("UNTIL", until, StringComparison.Ordinal);
        _some.Run("one", Part("0", "0.5"));
        _some.Run("two", Part("0.5", "1"));

        var asked = Enumerable.Range(0, 300).Select(i => (Device: $"d{i}", _some.Ask(device: $"d{i}").Experiment)).ToList();

        using (Assert.EnterMultipleScope())
        {
            Assert.That(asked.Select(person => person.Experiment), Is.All.Not.Null);
            Assert.That(asked.GroupBy(person => person.Experiment).Select(part => part.Count()), Has.Exactly(2).Items.And.All.GreaterThan(100));
            Assert.That(_some.Exposures.GroupBy(exposure => exposure.AnonymousId).Select(person => person.Count()), Is.All.EqualTo(1));
        }
    }

    [Test]
    public void A_holdout_keeps_its_people_out_of_everything_and_is_compared_with_the_others()
    {
        _some.Run("kinds", Half);
        _some.Run("holdout", """
            { "priority": 100, "control": "holdout", "arms": [ { "key": "holdout", "weight": 2, "options": { "kind": "popular" } }, { "key": "everybody", "weight": 8, "passthrough": true } ] }
            """);
        var asked = Enumerable.Range(0, 500).ToDictionary(i => $"d{i}", i => _some.Ask(device: $"d{i}"));
        var held = asked.Where(person => person.Value.Experiment == "holdout").Select(person => person.Key).ToHashSet();

        using (Assert.EnterMultipleScope())
        {
            Assert.That(held, Has.Count.EqualTo(100).Within(40));
            Assert.That(asked.Where(person => !held.Contains(person.Key)).Select(person => person.Value.Experiment), Is.All.EqualTo("kinds"));
            Assert.That(_some.Exposures.Where(exposure => exposure.Experiment == "kinds").Select(exposure => exposure.AnonymousId!), Is.EquivalentTo(asked.Keys.Except(held)));
            Assert.That(_some.Exposures.Where(exposure => exposure is { Experiment: "holdout", Variation: "everybody" }).Select(exposure => exposure.AnonymousId!), Is.EquivalentTo(asked.Keys.Except(held)));
            Assert.That(_some.Ask(device: held.First(), placement: "similar").Kind, Is.EqualTo(PlacementKind.Popular), "of every placement");
        }
    }

    [Test]
    public void An_exposure_is_written_at_the_use_and_again_only_after_a_day()
    {
        _some.Run("kinds", Half);
        _some.Ask(device: "d1");
        _some.Ask(device: "d1");
        _some.Ask("u1", "d1");
        _some.Shop.Clock.Advance(TimeSpan.FromHours(25));
        _some.Ask(device: "d1");

        Assert.That(
            _some.Exposures.Select(exposure => (exposure.AnonymousId, exposure.Experiment, exposure.Placement, exposure.Version)),
            Is.EqualTo([("d1", "kinds", "for-you", 1L), ("d1", "kinds", "for-you", 1L)]));
    }

    [Test]
    public void Of_who_may_not_be_measured_nothing_is_kept_or_written()
    {
        _some.Run("kinds", Half);
        _some.Shop.Verdict = new ConsentVerdict(IsAllowed: false, ConsentReason.Denied);
        var variant = _some.Ask(device: "d1").Variant;

        using (Assert.EnterMultipleScope())
        {
            Assert.That(variant, Is.Not.Null.And.EqualTo(_some.Ask(device: "d1").Variant));
            Assert.That(_some.Exposures, Is.Empty);
            Assert.That(_some.Kept.Count, Is.Zero);
        }
    }

    [Test]
    public void When_no_more_can_be_kept_the_hash_decides_and_it_is_counted()
    {
        using var small = new SomeExperiments(maxAssignments: 1_000);
        small.Run("kinds", Half);
        var asked = Enumerable.Range(0, 1_500).Select(i => small.Ask(device: $"d{i}").Variant).ToList();

        using (Assert.EnterMultipleScope())
        {
            Assert.That(asked, Is.All.Not.Null);
            Assert.That(small.Kept.Count, Is.LessThanOrEqualTo(1_000));
            Assert.That(small.Kept.Refused, Is.GreaterThanOrEqualTo(500));
        }
    }

    [Test]
    public void Whoever_has_an_arm_is_asked_for_without_allocating()
    {
        _some.Run("kinds", Half);
        var placement = Personalization.Decisioning.Domain.Placement.From("for-you", _some.Shop.Options.Placements["for-you"]);
        var request = new RecommendationRequest { Placement = "for-you", AnonymousId = "device-17" };
        for (var i = 0; i < 100; i++)
        {
            _some.Variants.For(placement, request);
        }

        var before = GC.GetAllocatedBytesForCurrentThread();
        _some.Variants.For(placement, request);

        Assert.That(GC.GetAllocatedBytesForCurrentThread() - before, Is.Zero);
    }

    [Test]
    public void Nothing_that_is_not_started_decides_and_a_restart_goes_on()
    {
        _some.Put("kinds", Half);
        var draft = _some.Ask(device: "d1").Variant;
        _some.Desk.Start("kinds", "tester");
        var running = _some.NewDesk().RunningAt("for-you");
        _some.Desk.Stop("kinds", "tester", "done");

        using (Assert.EnterMultipleScope())
        {
            Assert.That(draft, Is.Null);
            Assert.That(running.Select(experiment => experiment.Key), Is.EqualTo(["kinds"]));
            Assert.That(_some.Ask(device: "d1").Variant, Is.Null);
            Assert.That(_some.Desk.Changes("kinds", 10).Select(change => change.What), Is.EqualTo(["stop", "start", "put"]));
        }
    }

    [Test]
    public void All_that_is_wrong_with_a_definition_is_told_at_once()
    {
        var outcome = _some.Put("wrong", """
            { "placement": "nowhere", "control": "c", "coverage": 2, "bandit": { "metric": "x" }, "colour": 1, "arms": [ { "key": "a", "withoutSteps": "rules" }, { "key": "a", "weight": -1 } ] }
            """);
        var options = _some.Put("options", """
            { "placement": "for-you", "control": "a", "arms": [ { "key": "a", "options": { "limit": 0 } }, { "key": "b", "options": { "kind": "best", "speed": 1 }, "withoutSteps": ["brakes"] } ] }
            """);

        using (Assert.EnterMultipleScope())
        {
            Assert.That(outcome.Known, Is.Null);
            Assert.That(outcome.Faults.Select(fault => fault.Pointer), Is.EquivalentTo(
                ["/placement", "/control", "/coverage", "/bandit/metric", "/colour", "/arms", "/arms/0/withoutSteps", "/arms/1/weight"]));
            Assert.That(options.Faults.Select(fault => fault.Pointer), Is.EquivalentTo(["/arms/0/options", "/arms/1/options/kind", "/arms/1/options/speed", "/arms/1/withoutSteps"]));
        }
    }

    [Test]
    public void Arms_do_not_move_beneath_their_people()
    {
        _some.Run("kinds", Half);
        const string swapped = """{ "placement": "for-you", "control": "usual", "arms": [ { "key": "best" }, { "key": "usual" } ] BUCKETS }""";
        var refused = _some.Put("kinds", swapped.Replace("BUCKETS", "", StringComparison.Ordinal));
        _some.Ask(device: "d1");
        var anew = _some.Put("kinds", swapped.Replace("BUCKETS", """, "bucketVersion": 1""", StringComparison.Ordinal));

        using (Assert.EnterMultipleScope())
        {
            Assert.That(refused.Faults.Select(fault => fault.Pointer), Is.EqualTo(["/arms"]));
            Assert.That(anew.Known!.State.Status, Is.EqualTo(ExperimentStatus.Running));
            Assert.That(_some.Put("kinds", Half).Faults.Select(fault => fault.Pointer), Is.EqualTo(["/bucketVersion"]));
        }
    }

    /// <summary>A device and a user whose hashes give them these arms.</summary>
    private static (string Device, string User) Pair(string ofDevice, string ofUser)
    {
        using var other = new SomeExperiments();
        other.Run("kinds", Half);
        return (
            Enumerable.Range(0, 100).Select(i => $"d{i}").First(device => other.Ask(device: device).Variant == ofDevice),
            Enumerable.Range(0, 100).Select(i => $"x{i}").First(user => other.Ask(user).Variant == ofUser));
    }
}
