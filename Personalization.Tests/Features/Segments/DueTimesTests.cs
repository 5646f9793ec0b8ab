using NUnit.Framework;
using Personalization.Features.Domain.Segments;
using Personalization.Kernel.Checkpoints;
using Personalization.Tests.Support;

namespace Personalization.Tests.Features.Segments;

internal sealed class DueTimesTests
{
    private const int Partitions = 3;

    [Test]
    public void Profiles_come_by_their_earliest_time_and_those_of_one_time_by_their_number()
    {
        var chance = new Random(5);
        var due = new DueTimes(1, Partitions);
        var plain = new Dictionary<int, long>();
        for (var i = 0; i < 5_000; i++)
        {
            var profile = (chance.Next(400) * Partitions) + 1;
            if (chance.Next(5) == 0)
            {
                due.Remove(profile);
                plain.Remove(profile);
                continue;
            }

            long time = chance.Next(1, 300);
            due.Lower(profile, time);
            plain[profile] = Math.Min(time, plain.GetValueOrDefault(profile, long.MaxValue));
            Assert.That(due.NextMs, Is.EqualTo(plain.Values.DefaultIfEmpty(long.MaxValue).Min()));
        }

        var taken = new List<(long, int)>();
        while (due.TryTake(250, out var profile, out var time))
        {
            taken.Add((time, profile));
        }

        Assert.That(taken, Is.EqualTo(plain.Where(pair => pair.Value <= 250).Select(pair => (pair.Value, pair.Key)).Order()));
        Assert.That(due.Count, Is.EqualTo(plain.Count(pair => pair.Value > 250)));
        Assert.That(due.NextMs, Is.GreaterThan(250));
    }

    [Test]
    public void A_time_is_only_brought_forward()
    {
        var due = new DueTimes(0, 1);

        due.Lower(7, 100);
        due.Lower(7, 200);
        due.Lower(7, long.MaxValue);

        Assert.That((due.Of(7), due.NextMs, due.Of(8)), Is.EqualTo((100L, 100L, long.MaxValue)));
        Assert.That(due.TryTake(99, out _, out _), Is.False);
    }

    [Test]
    public void Another_partitions_profile_is_left_alone()
    {
        var due = new DueTimes(0, 2);
        due.Lower(4, 50);

        due.Remove(5);

        Assert.That(due.Of(4), Is.EqualTo(50));
    }

    [Test]
    public void Times_survive_a_restart_with_another_number_of_partitions()
    {
        var rows = new CheckpointRows();
        var due = new DueTimes(0, 1);
        due.Lower(3, 30);
        due.Lower(4, 40);
        due.Lower(5, 50);
        rows.Take(new KeptTimes([due]));
        due.Remove(4);
        due.Lower(5, 45);
        rows.Take(new KeptTimes([due]));

        DueTimes[] loaded = [new(0, 2), new(1, 2)];
        rows.GiveTo(new KeptTimes(loaded));
        var untouched = new CheckpointRows();
        untouched.Take(new KeptTimes(loaded));

        Assert.That((loaded[1].Of(3), loaded[0].Of(4), loaded[1].Of(5)), Is.EqualTo((30L, long.MaxValue, 45L)));
        Assert.That(untouched.Count, Is.Zero, "what was loaded is on disk already");
    }

    private sealed class KeptTimes(DueTimes[] times) : ICheckpointed
    {
        public string FileName => "test";

        public int Version => 1;

        public void Load(CheckpointReader reader) => reader.Visit(1, (key, row) => times[(int)key % times.Length].Load((int)key, row));

        public void Collect(CheckpointWriter writer) => Array.ForEach(times, each => each.Collect(writer, 1));
    }
}
