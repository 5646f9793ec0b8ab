using NUnit.Framework;
using Personalization.Decisioning.Domain;

namespace Personalization.Tests.Decisioning;

public class SessionRebuildTests
{
    private const long Minute = 60_000;

    [Test]
    public void A_profile_made_anew_from_the_same_clicks_changes_nothing()
    {
        var index = new SessionIndex(16, 16, 100);
        index.Learn(1, 10, 5, Minute);
        index.Learn(2, 20, 5, 2 * Minute);
        index.Learn(1, 30, 6, 3 * Minute);
        var before = Dump(index);

        index.BeginRebuild(new HashSet<int> { 1 });
        Assert.That(index.Learning, Is.Not.SameAs(index));
        index.Learning.Learn(1, 10, 5, Minute);
        index.Learning.Learn(1, 30, 6, 3 * Minute);
        Assert.That(Dump(index), Is.EqualTo(before), "readers see what was there until the end");
        index.EndRebuild();

        Assert.That(Dump(index), Is.EqualTo(before));
        Assert.That(index.Learning, Is.SameAs(index));
    }

    [Test]
    public void Sessions_that_a_merge_had_joined_go_back_to_their_profiles_in_their_order()
    {
        var index = new SessionIndex(16, 16, 100);
        index.Learn(1, 10, 5, Minute);
        index.Learn(2, 20, 7, 2 * Minute);
        index.Merge(2, 1);
        index.Learn(1, 30, 6, 3 * Minute);

        index.BeginRebuild(new HashSet<int> { 1, 2 });
        index.Learning.Learn(1, 10, 5, Minute);
        index.Learning.Learn(2, 20, 7, 2 * Minute);
        index.Learning.Learn(1, 30, 6, 3 * Minute);
        index.EndRebuild();

        Assert.That(ItemsOf(index, 1, 10), Is.EqualTo(new[] { 5 }));
        Assert.That(ItemsOf(index, 2, 20), Is.EqualTo(new[] { 7 }));
        Assert.That(ItemsOf(index, 1, 30), Is.EqualTo(new[] { 6 }));
        Assert.That(new[] { index.Find(1, 10), index.Find(2, 20), index.Find(1, 30) }, Is.Ordered);
    }

    [TestCase(16)]
    [TestCase(64)]
    public void More_sessions_than_there_were_find_places_and_are_chained_once(int capacity)
    {
        var index = new SessionIndex(capacity, 16, 100);
        for (var profile = 2; profile <= 15; profile++)
        {
            index.Learn(profile, profile, 6, profile * Minute);
        }

        index.Learn(1, 20, 5, 20 * Minute);
        index.Learn(1, 21, 5, 21 * Minute);

        index.BeginRebuild(new HashSet<int> { 1 });
        for (var number = 20; number < 24; number++)
        {
            index.Learning.Learn(1, number, 5, number * Minute);
        }

        index.EndRebuild();

        Assert.That(Enumerable.Range(20, 4).Where(number => index.Find(1, number) == 0), Is.Empty);
        Assert.That(index.Erase(1), Is.EqualTo(4), "a chain that ends");
    }

    [Test]
    public void Items_remember_the_sessions_that_have_them_and_no_others()
    {
        var index = new SessionIndex(16, 4, 100);
        for (var profile = 1; profile <= 6; profile++)
        {
            index.Learn(profile, profile, 5, profile * Minute);
        }

        index.BeginRebuild(new HashSet<int> { 4 });
        index.Learning.Learn(4, 4, 8, 4 * Minute);
        index.EndRebuild();

        Assert.That(Remembered(index, 5), Is.EqualTo(new uint[] { 3, 5, 6 }));
        Assert.That(Remembered(index, 8), Is.EqualTo(new uint[] { 4 }));
        index.Learn(7, 7, 5, 7 * Minute);
        Assert.That(Remembered(index, 5), Is.EqualTo(new uint[] { 3, 5, 6, 7 }));
    }

    [Test]
    public void The_past_of_one_shopper_pushes_nobody_out()
    {
        var index = new SessionIndex(16, 16, 100);
        for (var number = 1; number <= 40; number++)
        {
            index.Learn(1, number, 5, number * Minute);
        }

        for (var profile = 2; profile <= 15; profile++)
        {
            index.Learn(profile, 40 + profile, 6, (40 + profile) * Minute);
        }

        index.BeginRebuild(new HashSet<int> { 1 });
        for (var number = 1; number <= 40; number++)
        {
            index.Learning.Learn(1, number, 5, number * Minute);
        }

        index.EndRebuild();

        Assert.That(Enumerable.Range(2, 14).Where(profile => index.Find(profile, 40 + profile) == 0), Is.Empty);
        Assert.That(Enumerable.Range(1, 40).Where(number => index.Find(1, number) != 0), Is.EqualTo(new[] { 39, 40 }));
    }

    [Test]
    public void Places_that_are_not_needed_any_more_are_empty()
    {
        var index = new SessionIndex(16, 16, 100);
        index.Learn(1, 10, 5, Minute);
        index.Learn(1, 20, 5, 100 * Minute);

        index.BeginRebuild(new HashSet<int> { 1 });
        index.EndRebuild();

        Assert.That((index.Find(1, 10), index.Find(1, 20)), Is.EqualTo((0u, 0u)));
        Assert.That(Remembered(index, 5), Is.Empty);
        index.Learn(1, 30, 5, 200 * Minute);
        Assert.That(Remembered(index, 5), Is.EqualTo(new uint[] { 3 }));
    }

    private static int[] ItemsOf(SessionIndex index, int profile, long number)
    {
        Span<int> items = stackalloc int[64];
        return items[..index.CopyNewest(index.Find(profile, number), items)].ToArray();
    }

    private static IEnumerable<uint> Remembered(SessionIndex index, int item)
    {
        var (state, kept) = (index.State, Math.Min(index.State.Arrivals[item], (uint)(index.State.Rings[item]?.Length ?? 0)));
        return Enumerable.Range(1, (int)kept).Select(back => state.Rings[item]![(state.Arrivals[item] - back) & (state.Rings[item]!.Length - 1)])
            .Where(serial => serial != 0)
            .Reverse();
    }

    private static string Dump(SessionIndex index)
    {
        var state = index.State;
        var sessions = state.Owners.Where(owner => owner.Serial != 0)
            .Select(owner => $"{owner.Serial}: {owner.Profile} {owner.Number} {owner.LastMs} {owner.Previous} {string.Join(',', ItemsOf(index, owner.Profile, owner.Number))}");
        return string.Join('\n', sessions.Concat(Enumerable.Range(0, 10).Select(item => $"{item}: {string.Join(' ', Remembered(index, item))}")));
    }
}
