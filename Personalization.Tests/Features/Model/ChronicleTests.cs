using NUnit.Framework;
using Personalization.Features.Contracts;
using Personalization.Features.Domain;
using Personalization.Features.Domain.Conditions;

namespace Personalization.Tests.Features.Model;

/// <summary>What the chronicle says must be told, on worlds small enough to be known by heart.</summary>
public class ChronicleTests
{
    private const long Minute = 60_000;
    private Chronicle _chronicle;

    [SetUp]
    public void BeginWorld() => _chronicle = new Chronicle();

    [Test]
    public void Who_enters_by_an_event_leaves_when_the_window_ends_and_not_when_somebody_looks()
    {
        _chronicle.Define("s0", Views(atLeast: 1, withinMinutes: 5), isActivated: true);
        _chronicle.Elapse(10 * Minute);
        See(0, profile: 7, agoMinutes: 2);

        _chronicle.Elapse(60 * Minute);

        Assert.That(_chronicle.Told, Is.EqualTo(new[]
        {
            new ToldChange("s0", 1, 7, true, 10 * Minute, MembershipCause.Event),
            new ToldChange("s0", 1, 7, false, 13 * Minute, MembershipCause.Time),
        }));
    }

    [Test]
    public void A_late_event_may_come_too_late_to_count()
    {
        _chronicle.Define("s0", Views(atLeast: 1, withinMinutes: 5), isActivated: true);
        _chronicle.Elapse(10 * Minute);

        See(0, profile: 7, agoMinutes: 5);

        Assert.That(_chronicle.Told, Is.Empty);
    }

    [Test]
    public void What_comes_twice_counts_once()
    {
        _chronicle.Define("s0", Views(atLeast: 2, withinMinutes: 5), isActivated: true);
        _chronicle.Elapse(10 * Minute);

        See(0, profile: 7, agoMinutes: 0);
        See(0, profile: 7, agoMinutes: 1);

        Assert.That(_chronicle.IsMember("s0", 7), Is.False);
    }

    [Test]
    public void Segments_of_segments_follow_at_the_same_time()
    {
        _chronicle.Define("s0", Views(atLeast: 1, withinMinutes: 5), isActivated: true);
        _chronicle.Define("s1", new NoneOf("", [new InSegment("", "s0")]), isActivated: true);
        _chronicle.Elapse(10 * Minute);

        See(0, profile: 7, agoMinutes: 0);
        _chronicle.Elapse(15 * Minute);

        Assert.That(_chronicle.Told.Select(told => (told.Segment, told.IsMember, told.AtMs / Minute)), Is.EqualTo(new[]
        {
            ("s0", true, 10L), ("s0", false, 15L), ("s1", true, 15L),
        }));
    }

    [Test]
    public void A_merge_takes_one_out_of_everything_and_judges_the_other_anew()
    {
        _chronicle.Define("s0", Views(atLeast: 2, withinMinutes: 5), isActivated: true);
        _chronicle.Define("s1", Views(atLeast: 1, withinMinutes: 5), isActivated: true);
        See(0, profile: 1, agoMinutes: 0);
        See(1, profile: 2, agoMinutes: 0);

        _chronicle.Merge(from: 1, into: 2);

        Assert.That(_chronicle.Told.Skip(2).Select(told => (told.Segment, told.ProfileId, told.IsMember)), Is.EqualTo(new[] { ("s1", 1, false), ("s0", 2, true) }));
        Assert.That(_chronicle.ProfileIds, Is.EqualTo(new[] { 2 }));
    }

    [Test]
    public void Who_withdraws_leaves_and_who_grants_again_is_judged_by_what_was_kept()
    {
        _chronicle.Define("s0", Views(atLeast: 1, withinMinutes: 5), isActivated: true);
        See(0, profile: 7, agoMinutes: 0);
        _chronicle.Apply(new SentEvent(1, null, "b", 0, new PastEvent(0, 0, "Product Viewed")) { Profile = false }, 7, home: 7, isHistorical: false);
        _chronicle.Apply(new SentEvent(2, null, "b", 0, new PastEvent(0, 0, "Tent Pitched")) { Profile = true }, 7, home: 7, isHistorical: false);

        Assert.That(_chronicle.Told.Select(told => (told.IsMember, told.Cause)), Is.EqualTo(new[]
        {
            (true, MembershipCause.Event), (false, MembershipCause.Consent), (true, MembershipCause.Consent),
        }));
    }

    [Test]
    public void Another_version_tells_only_the_difference()
    {
        _chronicle.Define("s0", Views(atLeast: 1, withinMinutes: 5), isActivated: true);
        See(0, profile: 1, agoMinutes: 0);
        See(1, profile: 2, agoMinutes: 0);
        See(2, profile: 2, agoMinutes: 0);

        _chronicle.Define("s0", Views(atLeast: 2, withinMinutes: 5), isActivated: false);
        Assert.That(_chronicle.IsMember("s0", 1), Is.True, "the new one is only prepared");
        _chronicle.Activate("s0", 2);

        Assert.That(_chronicle.Told.Skip(2), Is.EqualTo(new[] { new ToldChange("s0", 2, 1, false, 0, MembershipCause.Definition) }));
    }

    private void See(int number, int profile, int agoMinutes) =>
        _chronicle.Apply(new SentEvent(number, null, "b", agoMinutes * Minute, new PastEvent(0, 0, "Product Viewed")), profile, home: profile, isHistorical: false);

    private static EventMeasure Views(int atLeast, int withinMinutes) => new(
        "", new EventPattern(["Product Viewed"], null), new TimeWindow(WithinMs: withinMinutes * Minute), Measure.Count, null, ComparisonOperator.AtLeast,
        [new Literal(ScalarKind.Number, atLeast)]);
}
