using NUnit.Framework;
using Personalization.Identity;
using Personalization.Identity.Domain;
using Personalization.Identity.Domain.Likelihood;
using Personalization.Kernel.Privacy;
using Personalization.Tests.Support;
using Personalization.Tracking.Contracts;

namespace Personalization.Tests.Identity;

/// <summary>What is only likely: kept with its evidence, and used for nothing unless the shop says so.</summary>
public class LikelyLinksTests
{
    private const long Minute = 60_000;
    private const long Day = 1_440 * Minute;

    private IdentityWorld _world;

    [SetUp]
    public void CreateWorld() => _world = new IdentityWorld();

    [TearDown]
    public void DisposeWorld() => _world.Dispose();

    [Test]
    public void One_network_and_agent_within_half_an_hour_is_evidence_and_links_nothing()
    {
        var one = See(_world, "a", Minute, "home", "agent");
        var other = See(_world, "b", 20 * Minute, "home", "agent");

        Assert.That(other.ProfileId, Is.Not.EqualTo(one.ProfileId));
        var link = _world.Likely.Of(new HashSet<int> { one.ProfileId }).Single();
        Assert.That((link.One, link.Other, link.CountOf(EvidenceKind.SameNetworkAndAgent), link.IsApplied), Is.EqualTo((one.ProfileId, other.ProfileId, 1, false)));
        Assert.That(link.Confidence, Is.EqualTo(0.25f).Within(1e-6));
    }

    [TestCase("home", "other agent", 10)]
    [TestCase("elsewhere", "agent", 10)]
    [TestCase("home", "agent", 60)]
    public void Anything_less_is_none(string network, string agent, int minutes)
    {
        var one = See(_world, "a", 0, "home", "agent");
        See(_world, "b", minutes * Minute, network, agent);

        Assert.That(_world.Likely.Of(new HashSet<int> { one.ProfileId }), Is.Empty);
    }

    [Test]
    public void Evidence_adds_up_to_less_than_certainty_and_a_crowd_of_one_day_counts_once()
    {
        for (var i = 0; i < 100; i++)
        {
            See(_world, "a", i * Minute, "home", "agent");
            See(_world, "b", i * Minute, "home", "agent");
        }

        var afterADay = Single(_world).Confidence;
        for (var day = 1; day < 30; day++)
        {
            foreach (var browser in new[] { "a", "b" })
            {
                See(_world, browser, day * Day, "home", "agent", "10115 main street 1");
                See(_world, browser, (day * Day) + Minute, "work", "agent");
            }
        }

        Assert.That(afterADay, Is.EqualTo(0.25f).Within(1e-6));
        Assert.That(Single(_world).Confidence, Is.InRange(0.95f, 0.999f));
        Assert.That(Enum.GetValues<EvidenceKind>().Select(Single(_world).CountOf), Is.EqualTo(new[] { 3, 1, 5 }));
        Assert.That(_world.Find("anonymous_id", "a"), Is.Not.EqualTo(_world.Find("anonymous_id", "b")), "suppressed");
    }

    [Test]
    public void From_the_confidence_that_was_set_they_merge_with_it_in_the_ledger()
    {
        using var world = new IdentityWorld(likelihood: new LikelihoodOptions { ApplyFrom = 0.6 });
        var one = See(world, "a", 0, "home", "agent");
        See(world, "b", Minute, "home", "agent");
        Assert.That(world.Find("anonymous_id", "a"), Is.Not.EqualTo(world.Find("anonymous_id", "b")));

        See(world, "a", Day, "home", "agent", "10115 main street 1");
        See(world, "b", Day + Minute, "home", "agent", "10115 main street 1");

        Assert.That(world.Find("anonymous_id", "a"), Is.EqualTo(world.Find("anonymous_id", "b")));
        var merge = world.Links.Of(world.Map.GroupOf(world.Map.Canonical(one.ProfileId))).Single(link => link.IsMerge);
        Assert.That((merge.Rule, merge.Confidence >= 0.6f, merge.Confidence < 1), Is.EqualTo((LinkRule.Probabilistic, true, true)));
    }

    [Test]
    public void Two_known_people_of_one_household_never_merge_by_it()
    {
        using var world = new IdentityWorld(likelihood: new LikelihoodOptions { ApplyFrom = 0.5 });
        for (var day = 0; day < 10; day++)
        {
            foreach (var person in new[] { "ann", "bob" })
            {
                world.See(person, $"browser-of-{person}", at: day * Day, traces: [(IdentifierKind.Network, "home"), (IdentifierKind.Agent, "agent"), (IdentifierKind.Address, "10115 main")]);
            }
        }

        Assert.That(world.Find("user_id", "ann"), Is.Not.EqualTo(world.Find("user_id", "bob")));
    }

    [Test]
    public void Who_says_no_to_profiling_is_not_compared()
    {
        var one = See(_world, "a", 0, "home", "agent");
        _world.See(anonymous: "b", at: Minute, traces: [(IdentifierKind.Network, "home"), (IdentifierKind.Agent, "agent")], consent: new ConsentSignal(2, 0));

        Assert.That(_world.Likely.Of(new HashSet<int> { one.ProfileId }), Is.Empty);
    }

    [Test]
    public async Task A_restart_goes_on_where_it_was_and_an_erasure_leaves_nothing()
    {
        var one = See(_world, "a", 0, "home", "agent");
        See(_world, "b", Minute, "home", "agent");
        using var restored = new IdentityWorld();
        restored.Restore(_world.Checkpoint());
        foreach (var world in new[] { _world, restored })
        {
            See(world, "c", 2 * Minute, "home", "agent");
            See(world, "a", Day, "home", "agent");
            See(world, "b", Day + Minute, "home", "agent");
        }

        Assert.That(Likely(restored), Is.EqualTo(Likely(_world)).And.Not.Empty);
        var subject = new ErasureSubject(new HashSet<int> { one.ProfileId }, [], new HashSet<UInt128>());
        Assert.That(await restored.Likely.EraseAsync(subject, CancellationToken.None), Is.Positive);
        Assert.That(await restored.Likely.CountAsync(subject, CancellationToken.None), Is.Zero);
    }

    /// <summary>Without places of the log, which begin anew in a restored world.</summary>
    private static List<(int, int, float, long)> Likely(IdentityWorld world) =>
    [
        .. world.Likely.Of(Enumerable.Range(0, world.Map.Count).ToHashSet()).Select(link => (link.One, link.Other, link.Confidence, link.LastTimeMs)),
    ];

    private static LikelyLink Single(IdentityWorld world) => world.Likely.Of(new HashSet<int> { world.Find("anonymous_id", "a") }).Single();

    private static TrackedEvent See(IdentityWorld world, string browser, long at, string network, string agent, string? address = null) =>
        world.See(anonymous: browser, at: at, traces:
        [
            (IdentifierKind.Network, network), (IdentifierKind.Agent, agent), .. address is null ? Array.Empty<(byte, string)>() : [(IdentifierKind.Address, address)],
        ]);
}
