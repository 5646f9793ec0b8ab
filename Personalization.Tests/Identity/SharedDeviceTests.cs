using NUnit.Framework;
using Personalization.Tests.Support;
using Personalization.Tracking.Contracts;

namespace Personalization.Tests.Identity;

/// <summary>A tablet in a family, a till in a shop: whose an event is depends on when it happened, not on when it came.</summary>
public class SharedDeviceTests
{
    private IdentityWorld _world;

    [SetUp]
    public void CreateWorld() => _world = new IdentityWorld();

    [TearDown]
    public void DisposeWorld() => _world.Dispose();

    [Test]
    public void A_late_identify_takes_no_device_back()
    {
        _world.See("ann", "tablet", EventType.Identify, at: 10);
        var bob = _world.See("bob", "tablet", EventType.Identify, at: 20);

        var late = _world.See("ann", "tablet", EventType.Identify, at: 15);

        Assert.That(late.ProfileId, Is.EqualTo(_world.Find("user_id", "ann")));
        Assert.That(_world.See(anonymous: "tablet", at: 30).ProfileId, Is.EqualTo(bob.ProfileId));
    }

    [Test]
    public void What_comes_late_belongs_to_whoever_had_the_device_then()
    {
        var ann = _world.See("ann", "tablet", EventType.Identify, at: 10);
        var bob = _world.See("bob", "tablet", EventType.Identify, at: 20);
        var carl = _world.See("carl", "tablet", EventType.Identify, at: 30);

        var owners = new long[] { 5, 10, 19, 20, 29, 30, 99 }.Select(time => _world.See(anonymous: "tablet", at: time).ProfileId);

        Assert.That(owners, Is.EqualTo(new[]
        {
            ann.ProfileId, ann.ProfileId, ann.ProfileId, bob.ProfileId, bob.ProfileId, carl.ProfileId, carl.ProfileId,
        }));
    }

    [Test]
    public void An_identify_that_comes_late_heals_the_time_it_speaks_of()
    {
        var bob = _world.See("bob", "tablet", EventType.Identify, at: 20);
        _world.See("bob", "tablet", at: 40);

        var ann = _world.See("ann", "tablet", EventType.Identify, at: 30);

        var owners = new long[] { 25, 35, 40, 50 }.Select(time => _world.See(anonymous: "tablet", at: time).ProfileId);
        Assert.That(owners, Is.EqualTo(new[] { bob.ProfileId, ann.ProfileId, bob.ProfileId, bob.ProfileId }));
    }

    [Test]
    public void Epochs_outlive_a_restart()
    {
        var ann = _world.See("ann", "tablet", EventType.Identify, at: 10);
        var bob = _world.See("bob", "tablet", EventType.Identify, at: 20);
        using var restored = new IdentityWorld();
        restored.Restore(_world.Checkpoint());

        Assert.That(restored.See(anonymous: "tablet", at: 15).ProfileId, Is.EqualTo(ann.ProfileId));
        Assert.That(restored.See(anonymous: "tablet", at: 25).ProfileId, Is.EqualTo(bob.ProfileId));
    }

    [Test]
    public void A_device_remembers_its_last_sixteen_owners_and_no_more()
    {
        for (var i = 0; i < 40; i++)
        {
            _world.See($"user-{i}", "till", EventType.Identify, at: i);
        }

        Assert.That(_world.Map.EpochsOf(_world.Map.NumberOf(_world.KeyOf("anonymous_id", "till"))), Has.Length.EqualTo(16));
    }

    [Test]
    public void An_address_typed_on_the_device_of_a_known_person_makes_nobody_that_person()
    {
        var ann = _world.See("ann", "tablet", EventType.Identify, at: 10);

        var guest = _world.See(anonymous: "tablet", at: 20, also: ("email", "guest@shop.example"));

        Assert.That(guest.ProfileId, Is.Not.EqualTo(ann.ProfileId));
        Assert.That(_world.See("ann").ProfileId, Is.EqualTo(ann.ProfileId));
        Assert.That(_world.See(anonymous: "tablet", at: 15).ProfileId, Is.EqualTo(ann.ProfileId));
    }

    [Test]
    public void Two_people_with_addresses_and_no_account_stay_two_on_one_device()
    {
        var ann = _world.See(anonymous: "tablet", at: 10, also: ("email", "ann@shop.example"));
        var bob = _world.See(anonymous: "tablet", at: 20, also: ("email", "bob@shop.example"));

        Assert.That(bob.ProfileId, Is.Not.EqualTo(ann.ProfileId));
        Assert.That((_world.Find("email", "ann@shop.example"), _world.Find("email", "bob@shop.example")), Is.EqualTo((ann.ProfileId, bob.ProfileId)));
    }

    [Test]
    public void The_device_id_follows_a_switch_as_the_anonymous_id_does()
    {
        _world.See("ann", "a-1", EventType.Identify, at: 10, also: ("device_id", "phone-1"));
        var bob = _world.See("bob", "a-2", EventType.Identify, at: 20, also: ("device_id", "phone-1"));

        Assert.That(_world.See(anonymous: "a-3", at: 30, also: ("device_id", "phone-1")).ProfileId, Is.EqualTo(bob.ProfileId));
    }
}
