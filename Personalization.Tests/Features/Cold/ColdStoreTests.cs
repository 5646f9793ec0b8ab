using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Options;
using NUnit.Framework;
using Personalization.Features;
using Personalization.Features.Contracts;
using Personalization.Features.Domain;
using Personalization.Features.Domain.Cold;
using Personalization.Features.Pipeline.Cold;
using Personalization.Tests.Support;
using Personalization.Tracking.Contracts;
using static Personalization.Tests.Features.FeatureWorld;

namespace Personalization.Tests.Features.Cold;

/// <summary>Features that are on disk only, as whoever touches them finds them.</summary>
[Parallelizable]
[FixtureLifeCycle(LifeCycle.InstancePerTestCase)]
internal sealed class ColdStoreTests
{
    private readonly FeatureWorld _world = new();
    private readonly CheckpointRows _rows = new();
    private long _reads;

    private ProfileFeatureStore Store => _world.Store;

    [Test]
    public void A_profile_is_read_from_disk_as_it_left_and_a_decision_is_told_that_it_is_there()
    {
        Send(1, EventKind.ProductViewed, 3, 4);
        Leave();

        var inMemory = Store.TryReadInMemory(1, new ProfileView(), out var isCold);
        var stillCold = Store.IsCold(1);
        var read = _world.Read();

        Assert.That((inMemory, isCold, stillCold), Is.EqualTo((false, true, true)), "it says so, and leaves it at that");
        Assert.That(read.Recent(RecentKind.Viewed).ToArray().Select(item => item.Item), Is.EquivalentTo(new[] { 3, 4 }));
        Assert.That((Store.IsCold(1), Store.ColdCount, Store.ColdReads), Is.EqualTo((false, 0, 1L)));
        Assert.That((Store.TryReadInMemory(2, new ProfileView(), out var unknown), unknown), Is.EqualTo((false, false)), "who is not known is not cold");
    }

    [Test]
    public void Whatever_happens_to_profiles_that_come_and_go_is_what_happens_to_those_that_stay()
    {
        var (chance, staying) = (new Random(20_33), new FeatureWorld());
        for (var i = 0; i < 3_000; i++)
        {
            var (profile, other, item) = (chance.Next(1, 20), chance.Next(1, 20), chance.Next(30));
            switch (chance.Next(40))
            {
                case 0:
                    Store.Merge(profile, other);
                    staying.Store.Merge(profile, other);
                    break;
                case 1:
                    Store.Forget(profile);
                    staying.Store.Forget(profile);
                    break;
                case < 6:
                    Leave(only: chance.Next(2) == 0 ? profile : null);
                    break;
                case 6:
                    Reload(chance.Next(2) == 0);
                    break;
                default:
                    Send(_world, profile, EventKind.ProductViewed, i, item);
                    Send(staying, profile, EventKind.ProductViewed, i, item);
                    break;
            }

            if (i % 100 == 99)
            {
                Assert.That(
                    Enumerable.Range(0, 20).Select(each => Convert.ToHexString(Store.Digest(each))),
                    Is.EqualTo(Enumerable.Range(0, 20).Select(each => Convert.ToHexString(staying.Store.Digest(each)))),
                    $"after step {i}");
            }
        }

        Assert.That(_reads, Is.GreaterThan(200), "profiles came and went");
    }

    [Test]
    public void What_changed_since_the_last_cut_stays()
    {
        Send(1, EventKind.ProductViewed, 3);
        Leave();
        Send(1, EventKind.ProductViewed, 4);

        Assert.That(Store.TryEvict(1), Is.False);
        Assert.That(_world.Read().Counters.Events, Is.EqualTo(2));
    }

    [Test]
    public void A_profile_that_the_checkpoint_has_lost_is_an_error_and_not_a_stranger()
    {
        Send(1, EventKind.ProductViewed, 3);
        Leave();
        Store.OnPersisted(new CheckpointRows());

        Assert.That(() => Store.Digest(1), Throws.TypeOf<InvalidDataException>());
    }

    [Test]
    public void Who_was_read_or_written_counts_as_used_once()
    {
        Send(1, EventKind.ProductViewed, 3);
        var written = (Store.TakeUse(1), Store.TakeUse(1));
        _world.Read();
        var read = (Store.TakeUse(1), Store.TakeUse(1));

        Assert.That((written, read), Is.EqualTo(((true, false), (true, false))));
    }

    [Test]
    public async Task A_profile_is_brought_back_for_a_question()
    {
        Send(1, EventKind.ProductViewed, 3);
        Leave();
        using var warmer = Warmer(new MemoryOptions { ColdWaitMs = 1_000 });
        await warmer.StartAsync(CancellationToken.None);

        var any = warmer.Any;
        var isThere = await warmer.WarmAsync(1, CancellationToken.None);
        var again = warmer.WarmAsync(1, CancellationToken.None);

        Assert.That((any, isThere, Store.IsCold(1), warmer.Any), Is.EqualTo((true, true, false, false)));
        Assert.That(again.IsCompletedSuccessfully, "who is there is not waited for");
        await warmer.StopAsync(CancellationToken.None);
    }

    [Test]
    public async Task A_question_that_would_wait_too_long_goes_without_and_so_do_those_beyond_the_queue()
    {
        Send(1, EventKind.ProductViewed, 3);
        Send(2, EventKind.ProductViewed, 3);
        Leave();
        using var warmer = Warmer(new MemoryOptions { ColdWaitMs = 0, ColdQueue = 1 });

        var late = await warmer.WarmAsync(1, CancellationToken.None);
        var refused = await warmer.WarmAsync(2, CancellationToken.None);

        Assert.That((late, refused), Is.EqualTo((false, false)));
        Assert.That((warmer.Late, warmer.Refused), Is.EqualTo((1L, 1L)));
    }

    private ProfileWarmer Warmer(MemoryOptions options) => new(new ColdProfiles(() => [Store]), Options.Create(options), TimeProvider.System, NullLogger<ProfileWarmer>.Instance);

    private void Send(int profile, EventKind kind, params int[] items) => Send(_world, profile, kind, 0, items);

    private static void Send(FeatureWorld world, int profile, EventKind kind, int minute, params int[] items)
    {
        var sent = world.Event(kind, Start + (minute * Minute), items);
        sent.ProfileId = profile;
        world.Stage.Apply(sent);
    }

    /// <summary>A cut is on disk, and everybody leaves memory, or one alone.</summary>
    private void Leave(int? only = null)
    {
        _rows.Take(Store);
        for (var profile = only ?? 0; profile <= (only ?? Store.Capacity - 1); profile++)
        {
            Store.TryEvict(profile);
        }

        _reads = Store.ColdReads;
    }

    /// <summary>A start on what is on disk, with room for all or for nobody.</summary>
    private void Reload(bool fits)
    {
        _rows.Take(Store);
        var loaded = new ProfileFeatureStore(_world.Rules, TimeProvider.System, memory: fits ? null : new MemoryBudget(new MemoryOptions { CeilingMiB = 1 }, int.MaxValue));
        _rows.GiveTo(loaded);

        Assert.That(Enumerable.Range(0, 20).Select(each => Convert.ToHexString(loaded.Digest(each))), Is.EqualTo(Enumerable.Range(0, 20).Select(each => Convert.ToHexString(Store.Digest(each)))));
    }
}
