using System.Text;
using NUnit.Framework;
using Personalization.Features.Domain.Feed;
using Personalization.Kernel.Checkpoints;
using Personalization.Tests.Support;

namespace Personalization.Tests.Features.Feed;

internal sealed class FactFeedTests
{
    private static readonly FeedLimits Wide = new(1_000_000, TimeSpan.FromDays(7));

    [Test]
    public void A_chain_of_cursors_reads_each_fact_once_in_order_though_rows_move_to_disk_meanwhile()
    {
        var rows = new CheckpointRows();
        var feed = new Kept(partitions: 3);
        var chance = new Random(3);
        var read = new List<string>();
        var cursor = FeedCursor.Start;
        var told = 0;
        for (var round = 0; round < 60; round++)
        {
            for (var i = chance.Next(40); i > 0; i--)
            {
                feed.Append(told % 3, round, told, $"f{told}");
                told++;
            }

            if (chance.Next(3) == 0)
            {
                rows.Take(feed);
            }

            cursor = Read(feed, cursor, chance.Next(1, 60), read);
        }

        while (Read(feed, cursor, 500, read) is var next && next.ToString() != cursor.ToString())
        {
            cursor = next;
        }

        Assert.That(read.Order(StringComparer.Ordinal), Is.EqualTo(Enumerable.Range(0, told).Select(i => $"f{i}").Order(StringComparer.Ordinal)));
    }

    [Test]
    public void A_cursor_survives_a_restart_and_a_replay_that_repeats_what_was_not_saved()
    {
        var rows = new CheckpointRows();
        var feed = new Kept(partitions: 2);
        Fill(feed, 0, 700);
        rows.Take(feed);
        Fill(feed, 700, 760);
        var read = new List<string>();
        var cursor = Read(feed, FeedCursor.Start, 730, read);

        var again = new Kept(partitions: 2);
        rows.GiveTo(again);
        Fill(again, 700, 800);
        Assert.That(FeedCursor.TryParse(cursor.ToString(), out var parsed));
        Read(again, parsed, 1_000, read);

        Assert.That(read, Is.EqualTo(Enumerable.Range(0, 800).Select(i => $"f{i}")));
    }

    [Test]
    public void Another_number_of_partitions_begins_new_shards_and_leaves_the_old_ones_readable()
    {
        var rows = new CheckpointRows();
        var feed = new Kept(partitions: 2);
        Fill(feed, 0, 10);
        rows.Take(feed);
        var read = new List<string>();
        var cursor = Read(feed, FeedCursor.Start, 4, read);

        var again = new Kept(partitions: 3);
        rows.GiveTo(again);
        Fill(again, 10, 20);
        Read(again, cursor, 100, read);

        Assert.That(read.Order(StringComparer.Ordinal), Is.EqualTo(Enumerable.Range(0, 20).Select(i => $"f{i}").Order(StringComparer.Ordinal)));
    }

    [Test]
    public void The_oldest_go_when_there_are_too_many_and_a_cursor_before_them_is_told_so()
    {
        var rows = new CheckpointRows();
        var feed = new Kept(partitions: 1, new FeedLimits(1_000, TimeSpan.FromDays(7)));
        Fill(feed, 0, 100);
        var early = Read(feed, FeedCursor.Start, 10, []);
        Fill(feed, 100, 3_000);

        rows.Take(feed);

        Assert.That(feed.Of.Count, Is.InRange(700, 1_000));
        Assert.That(feed.Of.IsExpired(early));
        Assert.That(feed.Of.IsExpired(feed.Of.End), Is.False);
        Assert.That(feed.Of.IsExpired(FeedCursor.Start), Is.False, "who begins anew takes what there is");
        var read = new List<string>();
        Read(feed, FeedCursor.Start, 5_000, read);
        Assert.That(read[^1], Is.EqualTo("f2999"));
        Assert.That(rows.Count, Is.LessThanOrEqualTo(6), "their rows go too");
    }

    [Test]
    public void What_is_too_old_goes_by_the_logs_clock()
    {
        var feed = new Kept(partitions: 1, new FeedLimits(1_000_000, TimeSpan.FromDays(1)));
        Fill(feed, 0, 600);
        feed.NowMs = 600 + (long)TimeSpan.FromDays(1).TotalMilliseconds;

        new CheckpointRows().Take(feed);

        Assert.That(feed.Of.Count, Is.EqualTo(600 - 512), "the open block stays");
    }

    [Test]
    public void Nothing_is_left_of_somebody_who_is_erased_in_memory_or_on_disk()
    {
        var rows = new CheckpointRows();
        var feed = new Kept(partitions: 1);
        Fill(feed, 0, 600);
        rows.Take(feed);
        Fill(feed, 600, 620);
        HashSet<int> people = [5, 610];

        var counted = feed.Of.FactsOf(people).Count();
        var erased = feed.Of.Erase(people);
        rows.Take(feed);
        var again = new Kept(partitions: 1);
        rows.GiveTo(again);

        Assert.That((counted, erased), Is.EqualTo((2, 2L)));
        Assert.That(again.Of.FactsOf(people), Is.Empty);
        var read = new List<string>();
        Read(again, FeedCursor.Start, 5_000, read);
        Assert.That(read, Is.EqualTo(Enumerable.Range(0, 620).Where(i => i is not (5 or 610)).Select(i => $"f{i}")));
        Assert.That(feed.Of.Erase(people), Is.Zero);
    }

    [Test]
    public async Task A_reader_that_waits_is_woken_by_what_comes()
    {
        var feed = new Kept(partitions: 1);
        Fill(feed, 0, 1);
        var behind = feed.Of.WaitAsync(FeedCursor.Start);
        var waiting = feed.Of.WaitAsync(feed.Of.End);
        Assert.That((behind.IsCompleted, waiting.IsCompleted), Is.EqualTo((true, false)));

        Fill(feed, 1, 2);

        await waiting.WaitAsync(TimeSpan.FromSeconds(10));
    }

    [TestCase("x")]
    [TestCase("1")]
    [TestCase("1:2.1:3")]
    [TestCase("-1:2")]
    [TestCase("1:-2")]
    [TestCase("1:99999999999999999999")]
    [TestCase(".")]
    public void What_is_no_cursor_is_not_taken_for_one(string text) => Assert.That(FeedCursor.TryParse(text, out _), Is.False);

    private static void Fill(Kept feed, int from, int to)
    {
        for (var i = from; i < to; i++)
        {
            feed.Append(i % feed.Partitions, i, i, $"f{i}");
        }
    }

    private static FeedCursor Read(Kept feed, FeedCursor after, int limit, List<string> into)
    {
        var (facts, next) = feed.Of.Read(after, limit, 100_000, _ => true);
        into.AddRange(facts.Select(fact => Encoding.UTF8.GetString(fact.Body.Span)));
        return next;
    }

    private sealed class Kept(int partitions, FeedLimits? limits = null) : ICheckpointed, ICheckpointObserver
    {
        public int Partitions => partitions;

        public FactFeed Of { get; } = new(partitions, 1, 2, limits ?? Wide);

        public long NowMs { get; set; }

        public string FileName => "test";

        public int Version => 1;

        public void Append(int partition, long atMs, int profile, string body) => Of.Append(partition, atMs, profile, Encoding.UTF8.GetBytes(body));

        public void Load(CheckpointReader reader) => Of.Load(reader);

        public void Collect(CheckpointWriter writer) => Of.Collect(writer, NowMs);

        public void OnPersisted(ICheckpointRows rows) => Of.OnPersisted(rows);
    }
}
