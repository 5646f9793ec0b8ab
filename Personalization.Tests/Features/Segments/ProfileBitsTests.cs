using NUnit.Framework;
using Personalization.Features.Domain.Segments;
using Personalization.Tests.Support;

namespace Personalization.Tests.Features.Segments;

internal sealed class ProfileBitsTests
{
    [Test]
    public void Random_changes_leave_what_a_plain_set_has()
    {
        var chance = new Random(11);
        var bits = new ProfileBits();
        var plain = new SortedSet<int>();

        for (var i = 0; i < 20_000; i++)
        {
            var profile = chance.Next(3) == 0 ? chance.Next(200_000) : chance.Next(70);
            var isIn = chance.Next(2) == 0;
            Assert.That(bits.Set(profile, isIn), Is.EqualTo(isIn ? plain.Add(profile) : plain.Remove(profile)));
        }

        Assert.That(bits.Count, Is.EqualTo(plain.Count));
        Assert.That(All(bits), Is.EqualTo(plain));
        Assert.That(Enumerable.Range(0, 201_000).Where(bits.Contains), Is.EqualTo(plain));
    }

    [Test]
    public void Threads_that_share_a_word_lose_no_change()
    {
        var bits = new ProfileBits();

        Parallel.For(0, 64, new ParallelOptions { MaxDegreeOfParallelism = 8 }, thread =>
        {
            for (var round = 0; round < 200; round++)
            {
                bits.Set((round * 64) + thread, isIn: true);
                bits.Set((round * 64) + thread, isIn: thread % 2 == 0);
            }
        });

        Assert.That(bits.Count, Is.EqualTo(200 * 32));
        Assert.That(All(bits).All(profile => profile % 2 == 0));
    }

    [Test]
    public void What_nobody_is_in_costs_nothing_and_says_no()
    {
        var bits = new ProfileBits();

        Assert.That(bits.Set(1_000_000, isIn: false), Is.False);
        Assert.That(bits.Contains(1_000_000), Is.False);
        Assert.That(bits.Next(0), Is.EqualTo(-1));
        Assert.That((bits.End, bits.Bytes), Is.EqualTo((0, 0L)));
    }

    [Test]
    public void Only_chunks_that_changed_are_written_and_come_back_whole()
    {
        var rows = new CheckpointRows();
        var bits = new ProfileBits();
        foreach (var profile in new[] { 3, 4_095, 4_096, 900_000 })
        {
            bits.Set(profile, isIn: true);
        }

        rows.Take(new KeptBits(bits));
        bits.Set(3, isIn: false);
        bits.Set(5, isIn: true);
        var second = new CheckpointRows();
        second.Take(new KeptBits(bits));
        rows.Take(new KeptBits(bits));
        bits.Set(6, isIn: true);
        rows.Take(new KeptBits(bits));
        var loaded = new ProfileBits();
        rows.GiveTo(new KeptBits(loaded));

        Assert.That(second.Count, Is.EqualTo(1), "one chunk of three had changed");
        Assert.That(All(loaded), Is.EqualTo(new[] { 5, 6, 4_095, 4_096, 900_000 }));
        Assert.That(loaded.Count, Is.EqualTo(5));
    }

    private static IEnumerable<int> All(ProfileBits bits)
    {
        for (var profile = bits.Next(0); profile >= 0; profile = bits.Next(profile + 1))
        {
            yield return profile;
        }
    }

    private sealed class KeptBits(ProfileBits bits) : Personalization.Kernel.Checkpoints.ICheckpointed
    {
        public string FileName => "test";

        public int Version => 1;

        public void Load(Personalization.Kernel.Checkpoints.CheckpointReader reader) => reader.Visit(1, (key, row) => bits.Load((int)key, row));

        public void Collect(Personalization.Kernel.Checkpoints.CheckpointWriter writer) => bits.Collect(writer, 1, number: 0);
    }
}
