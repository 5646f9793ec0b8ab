using NUnit.Framework;
using Personalization.Identity;
using Personalization.Identity.Domain;
using Personalization.Tests.Support;
using Personalization.Tracking.Contracts;

namespace Personalization.Tests.Identity;

/// <summary>Identifiers of all kinds: what they join, and what they must not.</summary>
public class IdentityGraphTests
{
    private IdentityWorld _world;

    [SetUp]
    public void CreateWorld() => _world = new IdentityWorld();

    [TearDown]
    public void DisposeWorld() => _world.Dispose();

    [Test]
    public void An_address_leads_to_the_same_person_in_every_spelling()
    {
        var ann = _world.See("ann", "a", EventType.Identify, also: [("email", "Ann@Shop.example"), ("phone", "+49 (151) 23-45")]);

        Assert.That(_world.Find("email", " ann@shop.EXAMPLE"), Is.EqualTo(ann.ProfileId));
        Assert.That(_world.Find("phone", "+491512345"), Is.EqualTo(ann.ProfileId));
        Assert.That(_world.See(anonymous: "b", also: ("email", "ann@shop.example")).ProfileId, Is.EqualTo(ann.ProfileId));
        Assert.That(_world.See(anonymous: "b").ProfileId, Is.EqualTo(ann.ProfileId), "the browser is hers from then on");
    }

    [Test]
    public void Somebody_known_by_an_address_becomes_the_user_who_gives_it()
    {
        var reader = _world.See(anonymous: "a", also: ("email", "ann@shop.example"));

        var ann = _world.See("ann", "b", EventType.Identify, also: ("email", "ann@shop.example"));

        Assert.That(ann.ProfileId, Is.EqualTo(reader.ProfileId));
    }

    [Test]
    public void An_address_of_a_known_person_is_refused_to_another()
    {
        var ann = _world.See("ann", "a", EventType.Identify, also: ("email", "ann@shop.example"));

        var bob = _world.See("bob", "b", EventType.Identify, also: ("email", "ann@shop.example"));

        Assert.That((bob.ProfileId != ann.ProfileId, bob.MergedProfileId), Is.EqualTo((true, -1)));
        Assert.That(_world.Find("email", "ann@shop.example"), Is.EqualTo(ann.ProfileId));
        var refusal = _world.Refusals.List(10).Single();
        Assert.That((refusal.Rule, refusal.ProfileId, refusal.OtherProfileId), Is.EqualTo((RefusalRule.ClaimedByAnother, bob.ProfileId, ann.ProfileId)));
    }

    [Test]
    public void A_refusal_that_repeats_is_one_entry_with_its_count()
    {
        _world.See("ann", also: ("email", "ann@shop.example"));
        for (var i = 0; i < 5_000; i++)
        {
            _world.See("bob", also: ("email", "ann@shop.example"));
        }

        Assert.That(_world.Refusals.List(10).Single().Times, Is.EqualTo(5_000));
        Assert.That(_world.Refusals.Totals()[RefusalRule.ClaimedByAnother], Is.EqualTo(5_000));
    }

    [Test]
    public void The_list_of_refusals_keeps_the_last_thousand()
    {
        _world.See("ann", also: ("email", "ann@shop.example"));
        for (var i = 0; i < 1_500; i++)
        {
            _world.See($"user-{i}", also: ("email", "ann@shop.example"));
        }

        var kept = _world.Refusals.List(int.MaxValue);

        Assert.That(kept, Has.Count.EqualTo(RefusedLinks.Kept));
        Assert.That(kept[0].LastOffset, Is.EqualTo(1_500));
    }

    [TestCase("user_id", "null")]
    [TestCase("user_id", "Undefined")]
    [TestCase("user_id", "0")]
    [TestCase("anonymous_id", "00000000-0000-0000-0000-000000000000")]
    [TestCase("anonymous_id", "Anonymous")]
    [TestCase("email", "TEST@anything.example")]
    public void A_value_that_names_nobody_joins_nobody(string kind, string value)
    {
        var first = See(kind, value, "d1");
        var second = See(kind, value, "d2");

        Assert.That(second.ProfileId, Is.Not.EqualTo(first.ProfileId));
        Assert.That(_world.Find(kind, value), Is.EqualTo(-1));
        Assert.That(_world.Refusals.Totals()[RefusalRule.Blocked], Is.EqualTo(2));
    }

    [Test]
    public void An_event_with_nothing_but_such_values_stands_alone()
    {
        var first = _world.See("null", "undefined");
        var second = _world.See("null", "undefined");

        Assert.That(second.ProfileId, Is.Not.EqualTo(first.ProfileId));
    }

    [Test]
    public void Further_values_are_blocked_by_configuration()
    {
        using var world = new IdentityWorld(new IdentityOptions
        {
            Blocked = { new BlockedValueOptions { Kind = "email", Value = "*@shop.example" }, new BlockedValueOptions { Value = "kiosk-*-till" } },
        });

        world.See("ann", "kiosk-7-till", also: ("email", "till@shop.example"));

        Assert.That(new[] { world.Find("email", "till@shop.example"), world.Find("anonymous_id", "kiosk-7-till") }, Is.All.EqualTo(-1));
        Assert.That(world.Find("user_id", "ann"), Is.Not.EqualTo(-1));
    }

    [Test]
    public void Nobody_has_more_values_of_a_kind_than_one_may_have()
    {
        var ann = _world.See("ann");
        for (var i = 0; i < 7; i++)
        {
            _world.See("ann", also: ("email", $"ann{i}@shop.example"));
        }

        Assert.That(Enumerable.Range(0, 7).Count(i => _world.Find("email", $"ann{i}@shop.example") == ann.ProfileId), Is.EqualTo(5));
        Assert.That(_world.Refusals.Totals()[RefusalRule.LimitReached], Is.EqualTo(2));
    }

    [Test]
    public void Two_profiles_that_would_have_too_many_together_stay_two()
    {
        using var world = new IdentityWorld(new IdentityOptions { MaxEmails = 1 });
        var ann = world.See("ann", also: ("email", "ann@shop.example"));
        var other = world.See(anonymous: "b", also: [("email", "other@shop.example"), ("phone", "+4915112345")]);

        var claimed = world.See("ann", also: ("phone", "+4915112345"));

        Assert.That((claimed.ProfileId, claimed.MergedProfileId), Is.EqualTo((ann.ProfileId, -1)));
        Assert.That(world.Find("phone", "+4915112345"), Is.EqualTo(other.ProfileId));
    }

    [Test]
    public void A_value_that_joins_too_many_profiles_links_no_more()
    {
        using var world = new IdentityWorld(new IdentityOptions { QuarantineProfiles = 10 });
        for (var i = 0; i < 30; i++)
        {
            world.See(anonymous: $"browser-{i}");
            world.See(anonymous: $"browser-{i}", also: ("email", "info@shop.example"));
        }

        var joined = world.Map.GroupOf(world.Find("email", "info@shop.example"));
        Assert.That(joined, Has.Count.LessThanOrEqualTo(12));
        Assert.That(world.Find("anonymous_id", "browser-29"), Is.Not.EqualTo(world.Find("email", "info@shop.example")));
        Assert.That(world.Refusals.Totals()[RefusalRule.Quarantined], Is.Positive);
    }

    [Test]
    public void A_device_that_serves_too_many_people_belongs_to_none()
    {
        using var world = new IdentityWorld(new IdentityOptions { QuarantineProfiles = 10 });
        for (var i = 0; i < 30; i++)
        {
            world.See($"user-{i}", "kiosk", EventType.Identify, at: i);
        }

        var browsing = world.See(anonymous: "kiosk", at: 100);

        Assert.That(world.Map.IsKnownUser(browsing.ProfileId), Is.False);
        Assert.That(Enumerable.Range(0, 30).Select(i => world.Find("user_id", $"user-{i}")), Is.Unique);
    }

    [Test]
    public void What_joins_few_within_the_window_is_not_counted_for_ever()
    {
        using var world = new IdentityWorld(new IdentityOptions { QuarantineProfiles = 3, QuarantineWindowHours = 1, MaxAnonymousIds = 100 });
        world.See("ann");
        for (var i = 0; i < 20; i++)
        {
            world.See(anonymous: $"b{i}", at: i * 2 * 3_600_000L);
            world.See("ann", $"b{i}", at: i * 2 * 3_600_000L);
        }

        Assert.That(world.Refusals.Totals()[RefusalRule.Quarantined], Is.Zero);
        Assert.That(world.Map.GroupOf(world.Find("user_id", "ann")), Has.Count.EqualTo(21));
    }

    [Test]
    public void A_declared_kind_outranks_addresses_and_an_undeclared_one_does_not_exist()
    {
        using var world = new IdentityWorld(new IdentityOptions { Kinds = { new ExternalKindOptions { Name = "crm_id" } } });
        var customer = world.See(anonymous: "a", also: ("crm_id", "4711"));
        world.See(anonymous: "b", also: ("email", "ann@shop.example"));

        var both = world.See(anonymous: "c", also: [("email", "ann@shop.example"), ("crm_id", "4711")]);

        Assert.That(both.ProfileId, Is.EqualTo(customer.ProfileId));
        Assert.That(world.Find("email", "ann@shop.example"), Is.EqualTo(customer.ProfileId));
        Assert.That(IdentifierVocabulary.BuiltIn.Find("crm_id"), Is.Null);
    }

    [Test]
    public void An_event_that_joins_three_profiles_leaves_the_third_to_the_persons_next_event()
    {
        var ann = _world.See("ann");
        var byMail = _world.See(anonymous: "a", also: ("email", "ann@shop.example"));
        var byPhone = _world.See(anonymous: "b", also: ("phone", "+4915112345"));

        var told = _world.See("ann", also: [("email", "ann@shop.example"), ("phone", "+4915112345")]);
        var rows = _world.Checkpoint();
        var next = _world.See("ann");

        Assert.That((told.MergedProfileId, next.MergedProfileId), Is.EqualTo((byMail.ProfileId, byPhone.ProfileId)));
        Assert.That(_world.Map.GroupOf(ann.ProfileId), Has.Count.EqualTo(3));
        using var restored = new IdentityWorld();
        restored.Restore(rows);
        Assert.That(restored.See("ann").MergedProfileId, Is.EqualTo(byPhone.ProfileId), "a restart forgets no merge that waits");
    }

    [Test]
    public void Every_link_has_its_entry_with_event_and_reason()
    {
        var browsing = _world.See(anonymous: "a", at: 1);
        var ann = _world.See("ann", at: 2);
        _world.Checkpoint();
        var joined = _world.See("ann", "a", at: 3);

        var links = _world.Links.Of(_world.Map.GroupOf(ann.ProfileId));

        Assert.That(links.Select(link => (link.Rule, link.ProfileId, link.OtherProfileId, link.Offset, link.TimeMs, link.Confidence)), Is.EqualTo(new[]
        {
            (LinkRule.NamedTogether, browsing.ProfileId, -1, browsing.Offset, 1L, 1f),
            (LinkRule.NamedTogether, ann.ProfileId, -1, ann.Offset, 2L, 1f),
            (LinkRule.SharedEvent, browsing.ProfileId, ann.ProfileId, joined.Offset, 3L, 1f),
        }));
    }

    [Test]
    public void A_device_keeps_its_home_when_profiles_merge_so_that_they_can_be_parted()
    {
        var browsing = _world.See(anonymous: "a");
        var ann = _world.See("ann");
        _world.See("ann", "a");

        Assert.That(_world.Map.BoundTo(_world.KeyOf("anonymous_id", "a")), Is.EqualTo(browsing.ProfileId));
        _world.Map.Cut(browsing.ProfileId);
        Assert.That(_world.Find("anonymous_id", "a"), Is.EqualTo(browsing.ProfileId));
        Assert.That(_world.Map.GroupOf(ann.ProfileId), Is.EquivalentTo(new[] { ann.ProfileId }));
        Assert.That((_world.Map.IsKnownUser(browsing.ProfileId), _world.Map.IsKnownUser(ann.ProfileId)), Is.EqualTo((false, true)));
    }

    private TrackedEvent See(string kind, string value, string device) => kind switch
    {
        "user_id" => _world.See(value, device),
        "anonymous_id" => _world.See($"owner-of-{device}", value),
        _ => _world.See(anonymous: device, also: (kind, value)),
    };
}
