using System.Diagnostics;
using NUnit.Framework;
using Personalization.Identity;
using Personalization.Identity.Domain;
using Personalization.Tests.Support;
using Personalization.Tracking.Contracts;

namespace Personalization.Tests.Identity;

/// <summary>A hundred thousand profiles that turn out to be one within one unlucky burst: neither time nor memory may grow beyond it.</summary>
public class BurstTests
{
    private const int Profiles = 100_000;

    /// <summary>A guard against quadratic work, which would take minutes; the burst itself takes a second.</summary>
    private static readonly TimeSpan Guard = TimeSpan.FromSeconds(60);

    [Test]
    public void A_hundred_thousand_anonymous_profiles_become_one_and_its_group_is_found_at_once()
    {
        using var world = new IdentityWorld(Unlimited());
        for (var i = 0; i < Profiles; i++)
        {
            world.See(anonymous: $"browser-{i}");
        }

        var clock = Stopwatch.StartNew();
        for (var i = 0; i < Profiles; i++)
        {
            world.See("ann", type: EventType.Alias, previous: $"browser-{i}");
        }

        var ann = world.Find("user_id", "ann");
        Assert.That(world.Map.GroupOf(ann), Has.Count.EqualTo(Profiles + 1));
        Assert.That(Enumerable.Range(0, Profiles).All(i => world.Find("anonymous_id", $"browser-{i}") == ann));
        Assert.That(clock.Elapsed, Is.LessThan(Guard));
    }

    [Test]
    public void A_chain_of_merges_is_as_short_to_follow_as_a_star()
    {
        var forest = new ProfileForest();
        for (var i = 0; i < Profiles; i++)
        {
            forest.Create();
        }

        // Each living profile merges away into the next: followed link by link, the first would be a hundred thousand steps from the last.
        for (var i = 0; i + 1 < Profiles; i++)
        {
            forest.Merge(i, i + 1);
        }

        var clock = Stopwatch.StartNew();
        for (var round = 0; round < 100; round++)
        {
            for (var i = 0; i < Profiles; i++)
            {
                if (forest.Canonical(i) != Profiles - 1)
                {
                    Assert.Fail($"{i} is lost.");
                }
            }
        }

        Assert.That(clock.Elapsed, Is.LessThan(Guard), "ten million look-ups");
        Assert.That(forest.SubtreeOf(Profiles / 2), Has.Count.EqualTo((Profiles / 2) + 1));
    }

    [Test]
    public void The_burst_outlives_a_restart()
    {
        using var world = new IdentityWorld(Unlimited());
        for (var i = 0; i < Profiles / 10; i++)
        {
            world.See(anonymous: $"browser-{i}");
            world.See("ann", $"browser-{i}");
        }

        using var restored = new IdentityWorld(Unlimited());
        restored.Restore(world.Checkpoint());

        Assert.That(restored.Map.GroupOf(restored.Find("user_id", "ann")), Has.Count.EqualTo(Profiles / 10));
        Assert.That(restored.Map.CountOf(restored.Find("user_id", "ann"), IdentifierKind.AnonymousId), Is.EqualTo(Profiles / 10));
    }

    [Test]
    public void With_the_usual_limits_the_burst_ends_in_a_quarantine()
    {
        using var world = new IdentityWorld();
        for (var i = 0; i < 2_000; i++)
        {
            world.See(anonymous: $"browser-{i}");
            world.See("everybody", $"browser-{i}");
        }

        Assert.That(world.Map.GroupOf(world.Find("user_id", "everybody")), Has.Count.LessThan(60));
        Assert.That(world.Refusals.List(1)[0].Rule, Is.EqualTo(RefusalRule.Quarantined));
    }

    private static IdentityOptions Unlimited() => new() { MaxAnonymousIds = 1_000_000, QuarantineProfiles = 10_000_000 };
}
