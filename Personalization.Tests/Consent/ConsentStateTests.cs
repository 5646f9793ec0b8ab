using NUnit.Framework;
using Personalization.Consent;
using Personalization.Consent.Contracts;
using Personalization.Tests.Support;
using Personalization.Tracking.Contracts;
using static Personalization.Tests.Consent.ConsentWorld;

namespace Personalization.Tests.Consent;

[FixtureLifeCycle(LifeCycle.InstancePerTestCase)]
internal sealed class ConsentStateTests
{
    private const string All = """{"purposes":{"collect":true,"profile":true,"personalise":true,"measure":true,"activate":true,"train":true}}""";
    private readonly ConsentWorld _world = new();

    [Test]
    public void Who_asks_for_a_time_hears_until_when_the_answer_holds()
    {
        const long End = 4_000_000_000_000;
        _world.Say(1_000, $$"""{"purposes":{"profile":true},"expiresAt":"{{DateTimeOffset.FromUnixTimeMilliseconds(End):O}}"}""");
        IConsent consent = _world.Store;

        var before = consent.May(ConsentWorld.Shopper, Purposes.Profile, End - 1, out var endsAtMs);
        var after = consent.May(ConsentWorld.Shopper, Purposes.Profile, End, out var never);
        consent.May(ConsentWorld.Shopper, Purposes.Measure, 0, out var unsaid);

        Assert.That((before.IsAllowed, endsAtMs), Is.EqualTo((true, End)));
        Assert.That((after.IsAllowed, never), Is.EqualTo((false, long.MaxValue)));
        Assert.That(unsaid, Is.EqualTo(long.MaxValue));
    }

    [Test]
    public void A_grant_ends_when_it_expires_for_decisions_by_the_clock_and_for_events_by_their_time()
    {
        var end = _world.Clock.GetUtcNow().AddDays(1);
        _world.Say(1_000, $$"""{"purposes":{"profile":true,"train":true},"expiresAt":"{{end:O}}"}""");
        Assert.That(_world.May(Purposes.Profile), Is.EqualTo(new ConsentVerdict(true, ConsentReason.Granted)));

        _world.Clock.Advance(TimeSpan.FromDays(2));
        var before = _world.Apply(end.ToUnixTimeMilliseconds() - 1, "{}");
        var after = _world.Apply(end.ToUnixTimeMilliseconds(), "{}");

        Assert.That(_world.May(Purposes.Profile), Is.EqualTo(new ConsentVerdict(false, ConsentReason.Expired)));
        Assert.That((before.MayProfile, before.MayTrain, before.GateReason), Is.EqualTo((true, true, ConsentReason.Granted)));
        Assert.That((after.MayProfile, after.MayTrain, after.GateReason), Is.EqualTo((false, false, ConsentReason.Expired)));
    }

    [Test]
    public void Each_purpose_keeps_its_own_end()
    {
        var (near, far) = (_world.Clock.GetUtcNow().AddDays(1), _world.Clock.GetUtcNow().AddDays(9));
        _world.Say(1_000, $$"""{"purposes":{"profile":true},"expiresAt":"{{far:O}}"}""");
        _world.Say(2_000, $$"""{"purposes":{"measure":true},"expiresAt":"{{near:O}}"}""");
        _world.Say(3_000, """{"purposes":{"train":true}}""");

        _world.Clock.Advance(TimeSpan.FromDays(2));

        Assert.That(_world.May(Purposes.Profile).IsAllowed);
        Assert.That(_world.May(Purposes.Measure).Reason, Is.EqualTo(ConsentReason.Expired));
        Assert.That(_world.May(Purposes.Train).IsAllowed);
    }

    [Test]
    public void A_shopper_who_is_not_to_be_profiled_is_not_whatever_is_granted_until_they_take_it_back()
    {
        _world.Say(1_000, """{"nonProfiling":true}""");
        var seen = _world.Say(2_000, All);

        Assert.That((seen.MayProfile, seen.MayTrain, seen.MayMeasure), Is.EqualTo((false, false, true)));
        Assert.That(_world.May(Purposes.Personalise), Is.EqualTo(new ConsentVerdict(false, ConsentReason.NonProfiling)));

        _world.Say(500, """{"nonProfiling":false}""");
        Assert.That(_world.May(Purposes.Profile).IsAllowed, Is.False, "that was before it was chosen");

        _world.Say(3_000, """{"nonProfiling":false}""");
        Assert.That(_world.May(Purposes.Profile), Is.EqualTo(new ConsentVerdict(true, ConsentReason.Granted)));
    }

    [Test]
    public void Global_privacy_control_forbids_activation_alone_and_stays_with_the_account()
    {
        _world.Say(1_000, All, "Product Viewed");
        var seen = _world.Apply(2_000, "{}", gpc: true);
        var next = _world.Say(3_000, All, "Product Viewed");

        Assert.That((seen.MayProfile, seen.MayActivate), Is.EqualTo((true, false)));
        Assert.That(next.MayActivate, Is.False, "a repeated consent lifts nothing");
        Assert.That(_world.May(Purposes.Activate).Reason, Is.EqualTo(ConsentReason.Gpc));

        Assert.That(_world.Say(2_500, """{"purposes":{"activate":true}}""").MayActivate, Is.True, "but a new one without the signal does");
        Assert.That(_world.Apply(2_200, "{}", gpc: true).MayActivate, Is.True, "and what was sent before that changes nothing");
        Assert.That(_world.Say(4_000, """{"purposes":{"activate":true}}""", gpc: true).MayActivate, Is.False, "with the signal beside it the signal counts");
    }

    [Test]
    public void Where_the_shopper_is_decides_what_counts_unsaid()
    {
        var options = new ConsentOptions { DefaultJurisdiction = "elsewhere" };
        options.Jurisdictions["us"] = Place([LawfulBasis.OptOut], "US", "United States");
        options.Jurisdictions["elsewhere"] = Place([LawfulBasis.None]);
        var world = new ConsentWorld(options);

        Assert.That(world.Apply(1, "{}").GateReason, Is.EqualTo(ConsentReason.JurisdictionDefault));
        Assert.That(world.May(Purposes.Profile).IsAllowed, Is.False);
        Assert.That(world.Apply(2, """{"location":{"country":"united states"}}""").MayProfile);
        Assert.That(world.May(Purposes.Profile), Is.EqualTo(new ConsentVerdict(true, ConsentReason.JurisdictionDefault)));
        Assert.That(world.Apply(3, """{"location":{"country":"US"},"consent":{"jurisdiction":"elsewhere"}}""").MayProfile, Is.False, "its own word first");
        Assert.That(world.Apply(4, """{"location":{"country":"Atlantis"}}""").MayProfile, Is.False, "an unknown place changes nothing");
        Assert.That(world.History(), Is.Empty, "to be somewhere is no statement");
        Assert.That(world.May(Purposes.Collect).IsAllowed, "what a jurisdiction does not mention is as everywhere");
    }

    [Test]
    public void A_merge_keeps_the_newest_of_each_kind_of_word()
    {
        var end = _world.Clock.GetUtcNow().AddDays(1);
        _world.Say(1_000, $$"""{"purposes":{"profile":true,"measure":true},"expiresAt":"{{end:O}}"}""", profile: 7);
        _world.Say(1_500, """{"nonProfiling":true}""", profile: 7);
        _world.Apply(1_200, "{}", profile: 7, gpc: true);
        _world.Say(2_000, """{"purposes":{"profile":true,"activate":true}}""");

        _world.Gate.Merge(7, Shopper);
        _world.Clock.Advance(TimeSpan.FromDays(2));

        Assert.That(_world.May(Purposes.Profile).Reason, Is.EqualTo(ConsentReason.NonProfiling));
        Assert.That(_world.May(Purposes.Measure).Reason, Is.EqualTo(ConsentReason.Expired));
        Assert.That(_world.May(Purposes.Activate).Reason, Is.EqualTo(ConsentReason.Gpc));
        Assert.That(_world.Store.Find(7), Is.Null);
        Assert.That(_world.History(7, Shopper), Has.Count.EqualTo(4));
    }

    [Test]
    public void A_checkpoint_gives_everything_back()
    {
        var options = new ConsentOptions();
        options.Jurisdictions["us"] = Place([LawfulBasis.OptOut], "US");
        var world = new ConsentWorld(options);
        world.Apply(1, """{"location":{"country":"US"}}""");
        world.Say(1_000, $$"""{"purposes":{"profile":true,"measure":false},"expiresAt":"{{world.Clock.GetUtcNow().AddDays(1):O}}"}""");
        world.Say(2_000, """{"nonProfiling":true}""", gpc: true);
        var rows = new CheckpointRows();
        rows.Take(world.Store);

        var restored = new ConsentWorld(options);
        rows.GiveTo(restored.Store);

        var expected = world.Store.Find(Shopper)!;
        var actual = restored.Store.Find(Shopper)!;
        Assert.That(actual.ExpiresAtMs, Is.EqualTo(expected.ExpiresAtMs));
        Assert.That(actual.Jurisdiction!.Name, Is.EqualTo("us"));
        Assert.That(actual with { ExpiresAtMs = null, Jurisdiction = null }, Is.EqualTo(expected with { ExpiresAtMs = null, Jurisdiction = null }));
    }

    [Test]
    public void Statements_in_any_order_end_in_the_same_state()
    {
        (long At, string Consent, bool Gpc)[] said =
        [
            (1_000, """{"nonProfiling":true}""", false), (2_000, """{"nonProfiling":false}""", false), (3_000, "{}", true),
            (4_000, """{"purposes":{"profile":false}}""", false),
        ];
        var chance = new Random(7);
        var states = Enumerable.Range(0, 30).Select(_ =>
        {
            var world = new ConsentWorld();
            foreach (var (at, consent, gpc) in said.OrderBy(_ => chance.Next()))
            {
                world.Say(at, consent, gpc: gpc);
            }

            return world.Store.Find(Shopper)! with { StatementHash = 0 };
        }).ToList();

        Assert.That(states, Is.All.EqualTo(states[0]));
    }

    [Test]
    public void While_a_profile_is_made_anew_readers_see_no_permission_and_no_default()
    {
        var world = new ConsentWorld(new ConsentOptions { DefaultGranted = [Purposes.All] });
        world.Say(1_000, """{"purposes":{"profile":false,"measure":true}}""");

        world.Gate.BeginRebuild(new HashSet<int> { Shopper, 9 });

        Assert.That(PurposesAllowed(world, Shopper), Is.EqualTo(Purposes.Collect), "recording goes on, or events would be lost");
        Assert.That(PurposesAllowed(world, 9), Is.EqualTo(Purposes.Collect));
        Assert.That(world.Say(1_000, """{"purposes":{"profile":false,"measure":true}}""").MayMeasure, "the loop that makes it anew sees what it makes");
        Assert.That(PurposesAllowed(world, Shopper), Is.EqualTo(Purposes.Collect));

        world.Gate.EndRebuild();

        Assert.That(PurposesAllowed(world, Shopper), Is.EqualTo(Purposes.All & ~Purposes.Profile));
        Assert.That(PurposesAllowed(world, 9), Is.EqualTo(Purposes.All));
        Assert.That(world.History(), Has.Count.EqualTo(1), "each statement once");
    }

    private static Purposes PurposesAllowed(ConsentWorld world, int profile) => Personalization.Consent.Domain.PurposeBits.Each
        .Where(purpose => world.May(purpose, profile).IsAllowed).Aggregate(Purposes.None, (all, purpose) => all | purpose);

    private static JurisdictionOptions Place(LawfulBasis[] basis, params string[] countries)
    {
        var place = new JurisdictionOptions();
        countries.ToList().ForEach(place.Countries.Add);
        place.Defaults[Purposes.Profile] = basis[0];
        return place;
    }
}
