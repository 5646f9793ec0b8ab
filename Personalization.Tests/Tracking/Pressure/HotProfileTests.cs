using NUnit.Framework;
using Personalization.Tracking.Domain.Pressure;

namespace Personalization.Tests.Tracking.Pressure;

public class HotProfileTests
{
    [Test]
    public void A_hot_profile_is_found_among_a_hundred_thousand_and_its_count_is_bounded()
    {
        var sketch = new HotProfileSketch();
        var random = new Random(7);
        var hot = 0;
        for (var i = 0; i < 300_000; i++)
        {
            var isHot = random.Next(20) == 0;
            hot += isHot ? 1 : 0;
            sketch.Add(isHot ? 42 : 1_000 + random.Next(100_000));
        }

        var found = sketch.Read(elapsed: 1)[0];

        Assert.That(found.ProfileId, Is.EqualTo(42));
        Assert.That(hot, Is.InRange(found.Events - found.ErrorAtMost, found.Events));
    }

    [Test]
    public void The_counts_add_up_to_what_was_seen()
    {
        var sketch = new HotProfileSketch();
        for (var i = 0; i < 10_000; i++)
        {
            sketch.Add(i * 7 % 1_000);
        }

        Assert.That(sketch.Read(1).Sum(profile => profile.Events), Is.EqualTo(10_000));
        Assert.That(sketch.Read(1), Has.Count.EqualTo(HotProfileSketch.Size));
    }

    [Test]
    public void A_profile_that_is_hot_no_longer_is_forgotten_within_two_minutes()
    {
        var sketch = new HotProfileSketch();
        for (var i = 0; i < 1_000; i++)
        {
            sketch.Add(42);
        }

        sketch.Rotate();
        Assert.That(sketch.Read(elapsed: 0.25).Single(), Is.EqualTo(new HotProfile(42, 750, 0)), "a quarter of it is older than a minute");

        sketch.Rotate();
        Assert.That(sketch.Read(0), Is.Empty);
    }

    [Test]
    public void An_erased_profile_is_gone_from_both_minutes()
    {
        var sketch = new HotProfileSketch();
        sketch.Add(42);
        sketch.Rotate();
        sketch.Add(42);
        sketch.Add(43);

        Assert.That(sketch.Remove(new HashSet<int> { 42 }), Is.EqualTo(2));
        Assert.That(sketch.Read(0).Select(profile => profile.ProfileId), Is.EqualTo(new[] { 43 }));
        Assert.That(sketch.Remove(new HashSet<int> { 42 }), Is.Zero, "erasing twice removes nothing more");
    }

    [Test]
    public void Keys_are_known_for_one_to_two_minutes_and_never_more_than_a_few()
    {
        var keys = new HotKeys();
        for (var i = 0; i < 10 * HotKeys.Most; i++)
        {
            keys.Add((UInt128)(i + 1), i);
        }

        Assert.That(Enumerable.Range(1, 10 * HotKeys.Most).Count(key => keys.Contains((UInt128)key)), Is.EqualTo(HotKeys.Most));
        keys.Rotate();
        Assert.That(keys.Contains(1));
        keys.Rotate();
        Assert.That((keys.Contains(1), keys.IsEmpty), Is.EqualTo((false, true)));
    }

    [Test]
    public void Nobody_is_hot_under_no_identifier()
    {
        var keys = new HotKeys();
        keys.Add(default, 1);

        Assert.That((keys.IsEmpty, keys.Contains(default)), Is.EqualTo((true, false)));
    }

    [Test]
    public void Keys_of_an_erased_profile_are_forgotten_at_once()
    {
        var keys = new HotKeys();
        keys.Add(1, 42);
        keys.Rotate();
        keys.Add(2, 42);
        keys.Add(3, 43);

        Assert.That(keys.Remove(new HashSet<int> { 42 }), Is.EqualTo(2));
        Assert.That((keys.Contains(1), keys.Contains(2), keys.Contains(3)), Is.EqualTo((false, false, true)));
    }
}
