using NUnit.Framework;
using Personalization.Tests.Support;
using Personalization.Tracking.Contracts;
using Personalization.Tracking.Domain.Duplicates;

namespace Personalization.Tests.Tracking;

public class DuplicateFilterTests
{
    private static readonly TimeSpan Week = TimeSpan.FromDays(7);

    [Test]
    public void A_message_id_passes_once_however_many_came_between()
    {
        var filter = new DuplicateFilter(recentKeys: 100, maxKeys: 100_000, Week);
        var rows = new CheckpointRows();

        for (var key = 1; key <= 5_000; key++)
        {
            Assert.That(Passes(filter, key));
            if (key % 77 == 0)
            {
                rows.Take(filter);
            }
        }

        Assert.That(Enumerable.Range(1, 5_000).Count(key => Passes(filter, key)), Is.Zero);
        Assert.That(filter.Dropped, Is.EqualTo(5_000));
    }

    [Test]
    public void A_restart_remembers_recent_and_older_ids()
    {
        var filter = new DuplicateFilter(100, 100_000, Week);
        var rows = new CheckpointRows();
        for (var key = 1; key <= 1_234; key++)
        {
            Passes(filter, key);
            if (key % 50 == 0)
            {
                rows.Take(filter);
            }
        }

        rows.Take(filter);
        var restarted = new DuplicateFilter(100, 100_000, Week);
        rows.GiveTo(restarted);

        Assert.That(Enumerable.Range(1, 1_234).Count(key => Passes(restarted, key)), Is.Zero);
        Assert.That(Passes(restarted, 9_999));
    }

    [Test]
    public void Ids_older_than_the_window_are_forgotten_in_memory_and_on_disk()
    {
        var filter = new DuplicateFilter(100, 100_000, Week);
        var rows = new CheckpointRows();
        for (var key = 1; key <= 100; key++)
        {
            Passes(filter, key, receivedAtMs: 0);
        }

        rows.Take(filter);
        var withRun = rows.Count;
        Passes(filter, 1_000_000, (long)Week.TotalMilliseconds + 1);
        rows.Take(filter);

        Assert.That(Passes(filter, 1, (long)Week.TotalMilliseconds + 1), "eight days later it is a new event");
        Assert.That(rows.Count, Is.LessThan(withRun + 1));
    }

    [Test]
    public void Memory_is_bounded_and_what_is_forgotten_early_is_counted()
    {
        var filter = new DuplicateFilter(100, maxKeys: 1_000, Week);

        for (var key = 1; key <= 10_000; key++)
        {
            Passes(filter, key);
        }

        Assert.That(filter.ForgottenEarly, Is.EqualTo(9_000));
        Assert.That(Passes(filter, 9_500), Is.False);
    }

    [Test]
    public void Events_without_a_message_id_are_never_duplicates()
    {
        var filter = new DuplicateFilter(100, 1_000, Week);

        Assert.That(Passes(filter, 0) && Passes(filter, 0));
    }

    [Test]
    public void The_filter_never_denies_a_key_it_holds_and_seldom_claims_one_it_does_not()
    {
        var filter = new KeyFilter(10_000);
        for (var key = 1; key <= 10_000; key++)
        {
            filter.Add(Key(key));
        }

        Assert.That(Enumerable.Range(1, 10_000).All(key => filter.MayContain(Key(key))));
        Assert.That(Enumerable.Range(20_000, 100_000).Count(key => filter.MayContain(Key(key))), Is.LessThan(500));
    }

    private static bool Passes(DuplicateFilter filter, int key, long receivedAtMs = 1_000)
    {
        var seen = new EventBatch(static _ => { }).AddEvent();
        seen.MessageKey = Key(key);
        seen.ReceivedAtMs = receivedAtMs;
        filter.Resolve(seen);
        return !seen.IsDropped;
    }

    /// <summary>Keys are hashes: spread the number over 128 bits.</summary>
    private static UInt128 Key(int number) => number == 0
        ? default
        : new UInt128((ulong)number * 0x9E3779B97F4A7C15, System.Numerics.BitOperations.RotateLeft((ulong)number * 0xD6E8FEB86659FD93, 29));
}
