using NUnit.Framework;
using Personalization.Features.Contracts;
using Personalization.Features.Domain;
using Personalization.Features.Pipeline;
using Personalization.Tests.Features;
using Personalization.Tracking.Contracts;
using static Personalization.Tests.Features.FeatureWorld;

namespace Personalization.Tests.Budgets;

/// <summary>What features may allocate and hold.</summary>
[FixtureLifeCycle(LifeCycle.InstancePerTestCase)]
public sealed class FeatureBudgetTests
{
    /// <summary>Of the kilobyte that the whole product has for a profile with 32 recent items.</summary>
    private const long ProfileBudget = 620;
    private readonly FeatureWorld _world = new();

    [Test]
    public void An_event_of_a_known_profile_allocates_nothing()
    {
        var events = Enumerable.Range(0, 1_000)
            .Select(i => _world.Event((EventKind)(i % 32), Start + (i * 7 % 1_000 * Minute), i % 50, (i + 1) % 50))
            .ToArray();
        Array.ForEach(events, _world.Stage.Apply);

        var allocated = Allocated(() =>
        {
            foreach (var each in events)
            {
                _world.Stage.Apply(each);
            }
        });

        Assert.That(allocated, Is.Zero);
    }

    [Test]
    public void A_read_allocates_nothing()
    {
        for (var i = 0; i < 100; i++)
        {
            _world.Send(EventKind.ProductViewed, Start + i, i);
        }

        var view = new ProfileView();

        Assert.That(Allocated(() => _world.Store.TryRead(1, view)), Is.Zero);
        Assert.That(view.Recent(RecentKind.Viewed).Length, Is.EqualTo(32));
    }

    [Test]
    public void Resolving_known_items_and_terms_allocates_nothing()
    {
        var step = new ResolveItemsStep(Items.Catalog(), new ItemTermHistory());
        var parsed = Parsed(EventKind.ProductViewed, ("tent", "tents", "Acme"), ("stove", "stoves", "Acme"));

        Assert.That(Allocated(() => step.Resolve(parsed)), Is.Zero);
    }

    [Test]
    public void A_profile_with_32_viewed_items_stays_within_its_budget()
    {
        const int profiles = 2_000;
        Send(new FeatureWorld(), 10);

        var before = GC.GetTotalMemory(forceFullCollection: true);
        var world = new FeatureWorld();
        Send(world, profiles);
        var perProfile = (GC.GetTotalMemory(forceFullCollection: true) - before) / profiles;
        GC.KeepAlive(world);

        TestContext.Out.WriteLine($"{perProfile} bytes a profile");
        Assert.That(perProfile, Is.LessThanOrEqualTo(ProfileBudget));

        static void Send(FeatureWorld world, int profiles)
        {
            for (var profile = 0; profile < profiles; profile++)
            {
                for (var i = 0; i < 32; i++)
                {
                    var view = world.Event(EventKind.ProductViewed, Start + i, i);
                    view.ProfileId = profile;
                    world.Stage.Apply(view);
                }
            }

            // What waits for a checkpoint is not the profile's, nor are the rows, which are on disk in earnest.
            new Support.CheckpointRows().Take(world.Store);
            world.Store.OnPersisted(new Support.CheckpointRows());
        }
    }

    /// <summary>The second run counts: the first compiles.</summary>
    private static long Allocated(Action action)
    {
        action();
        var before = GC.GetAllocatedBytesForCurrentThread();
        action();
        return GC.GetAllocatedBytesForCurrentThread() - before;
    }
}
