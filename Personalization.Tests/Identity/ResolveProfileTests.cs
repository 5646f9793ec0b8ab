using NUnit.Framework;
using Personalization.Kernel.Privacy;
using Personalization.Tests.Support;
using Personalization.Tracking.Contracts;

namespace Personalization.Tests.Identity;

public class ResolveProfileTests
{
    private IdentityWorld _world;

    [SetUp]
    public void CreateWorld() => _world = new IdentityWorld();

    [TearDown]
    public void DisposeWorld() => _world.Dispose();

    [Test]
    public void The_same_anonymous_id_is_the_same_profile()
    {
        var first = _world.See(anonymous: "a");

        Assert.That(_world.See(anonymous: "a").ProfileId, Is.EqualTo(first.ProfileId));
        Assert.That(_world.See(anonymous: "b").ProfileId, Is.Not.EqualTo(first.ProfileId));
    }

    [Test]
    public void An_anonymous_profile_becomes_the_person_who_identifies()
    {
        var browsing = _world.See(anonymous: "a");
        var identified = _world.See("ann", "a", EventType.Identify);

        Assert.That(identified.ProfileId, Is.EqualTo(browsing.ProfileId));
        Assert.That(identified.MergedProfileId, Is.EqualTo(-1), "there was nobody to merge with");
        Assert.That(_world.Map.Find("ann", default), Is.EqualTo(browsing.ProfileId));
    }

    [Test]
    public void An_anonymous_profile_merges_into_a_person_who_is_known_already()
    {
        var ann = _world.See("ann");
        var browsing = _world.See(anonymous: "phone");

        var identified = _world.See("ann", "phone", EventType.Identify);

        Assert.That((identified.ProfileId, identified.MergedProfileId), Is.EqualTo((ann.ProfileId, browsing.ProfileId)));
        Assert.That(_world.See(anonymous: "phone").ProfileId, Is.EqualTo(ann.ProfileId));
        Assert.That(_world.Map.GroupOf(ann.ProfileId), Is.EquivalentTo(new[] { ann.ProfileId, browsing.ProfileId }));
    }

    [Test]
    public void The_past_takes_no_device_from_who_was_seen_since()
    {
        var bob = _world.See("bob", "tablet", EventType.Identify);
        var ann = _world.See("ann", "tablet", origin: EventOrigin.Import);

        Assert.That(ann.ProfileId, Is.Not.EqualTo(bob.ProfileId));
        Assert.That(_world.See(anonymous: "tablet").ProfileId, Is.EqualTo(bob.ProfileId));
    }

    [Test]
    public void Within_an_import_a_device_follows_the_last_as_it_did_live()
    {
        _world.See("ann", "tablet", origin: EventOrigin.Import);
        var bob = _world.See("bob", "tablet", origin: EventOrigin.Import);

        Assert.That(_world.See(anonymous: "tablet", origin: EventOrigin.Import).ProfileId, Is.EqualTo(bob.ProfileId));
        _world.See("bob");
        _world.See("ann", "tablet", origin: EventOrigin.Import);
        Assert.That(_world.See(anonymous: "tablet").ProfileId, Is.EqualTo(bob.ProfileId), "he was seen live since");
    }

    [Test]
    public void An_imported_identification_joins_the_anonymous_history_of_its_person()
    {
        var browsing = _world.See(anonymous: "phone");
        _world.See("ann");

        var imported = _world.See("ann", "phone", origin: EventOrigin.Import);

        Assert.That(imported.MergedProfileId, Is.EqualTo(browsing.ProfileId));
    }

    [Test]
    public void Two_people_on_one_device_stay_two_and_the_device_follows_the_last()
    {
        var ann = _world.See("ann", "tablet", EventType.Identify);
        var bob = _world.See("bob", "tablet", EventType.Identify);

        Assert.That(bob.ProfileId, Is.Not.EqualTo(ann.ProfileId));
        Assert.That(bob.MergedProfileId, Is.EqualTo(-1));
        Assert.That(_world.See(anonymous: "tablet").ProfileId, Is.EqualTo(bob.ProfileId));
        Assert.That(_world.See("ann").ProfileId, Is.EqualTo(ann.ProfileId));
    }

    [Test]
    public void The_device_of_one_known_person_never_merges_into_another_known_person()
    {
        var ann = _world.See("ann", "tablet", EventType.Identify);
        var bob = _world.See("bob");

        var switched = _world.See("bob", "tablet", EventType.Identify);

        Assert.That((switched.ProfileId, switched.MergedProfileId), Is.EqualTo((bob.ProfileId, -1)));
        Assert.That(_world.See("ann").ProfileId, Is.EqualTo(ann.ProfileId));
    }

    [Test]
    public void Alias_joins_an_anonymous_profile_and_equal_or_known_ids_change_nothing()
    {
        var browsing = _world.See(anonymous: "a");
        var ann = _world.See("ann");
        var bob = _world.See("bob", "b", EventType.Identify);

        var joined = _world.See("ann", type: EventType.Alias, previous: "a");
        var refused = _world.See("ann", type: EventType.Alias, previous: "b");

        Assert.That((joined.ProfileId, joined.MergedProfileId), Is.EqualTo((ann.ProfileId, browsing.ProfileId)));
        Assert.That((refused.ProfileId, refused.MergedProfileId), Is.EqualTo((ann.ProfileId, -1)));
        Assert.That(_world.See("bob").ProfileId, Is.EqualTo(bob.ProfileId));
    }

    [Test]
    public void Merges_of_merged_profiles_lead_to_the_one_that_lives()
    {
        _world.See(anonymous: "a");
        var ann = _world.See("ann");
        _world.See("ann", "a", EventType.Identify);
        _world.See(anonymous: "c");
        _world.See("ann", "c", EventType.Identify);

        Assert.That(new[] { "a", "c" }.Select(id => _world.See(anonymous: id).ProfileId), Is.All.EqualTo(ann.ProfileId));
    }

    [Test]
    public void A_checkpoint_gives_the_same_answers_back_and_new_numbers_go_on()
    {
        _world.See(anonymous: "a");
        _world.See("ann");
        _world.See("ann", "a", EventType.Identify);
        var rows = new CheckpointRows();
        rows.Take(_world.Ledger);
        _world.See("bob", "b", EventType.Identify);
        rows.Take(_world.Ledger);

        using var restored = new IdentityWorld();
        rows.GiveTo(restored.Ledger);

        Assert.That(restored.See(anonymous: "a").ProfileId, Is.EqualTo(_world.See(anonymous: "a").ProfileId));
        Assert.That(restored.See("bob").ProfileId, Is.EqualTo(_world.See("bob").ProfileId));
        Assert.That(restored.See(anonymous: "new").ProfileId, Is.EqualTo(_world.See(anonymous: "new").ProfileId));
        Assert.That(restored.Map.IsKnownUser(restored.See("ann").ProfileId));
    }

    [Test]
    public async Task An_erased_person_is_found_no_more_but_the_next_owner_of_the_device_is()
    {
        var ann = _world.See("ann", "tablet", EventType.Identify);
        var bob = _world.See("bob", "tablet", EventType.Identify);
        var rows = new CheckpointRows();
        rows.Take(_world.Ledger);

        await _world.Ledger.EraseAsync(new ErasureSubject(new HashSet<int> { ann.ProfileId }, [], new HashSet<UInt128>()), CancellationToken.None);
        rows.Take(_world.Ledger);

        Assert.That(_world.Map.Find("ann", default), Is.EqualTo(-1));
        Assert.That(_world.Map.Find(default, "tablet"), Is.EqualTo(bob.ProfileId));
        using var restored = new IdentityWorld();
        rows.GiveTo(restored.Ledger);
        Assert.That(restored.Map.Find("ann", default), Is.EqualTo(-1));
        Assert.That(restored.Map.Find("bob", default), Is.EqualTo(bob.ProfileId));
    }

    [Test]
    public void The_timeline_finds_a_persons_events_before_and_after_a_checkpoint()
    {
        var ann = _world.See("ann");
        var rows = new CheckpointRows();
        _world.See(anonymous: "other");
        var second = _world.See("ann");
        rows.Take(_world.Timeline);
        var third = _world.See("ann");

        var offsets = _world.Timeline.Offsets(_world.Map.GroupOf(ann.ProfileId));

        Assert.That(offsets, Is.EqualTo(new[] { ann.Offset, second.Offset, third.Offset }));
    }
}
