using NUnit.Framework;
using Personalization.Kernel.Collections;

namespace Personalization.Tests.Kernel.Collections;

public class KeyMapTests
{
    [TestCase(1)]
    [TestCase(2)]
    [TestCase(3)]
    public void Random_operations_end_like_those_on_a_dictionary(int seed)
    {
        var random = new Random(seed);
        var map = new KeyMap(8);
        var expected = new Dictionary<UInt128, int>();

        for (var i = 0; i < 50_000; i++)
        {
            var key = SmallKey(random);
            if (random.Next(3) == 0)
            {
                Assert.That(map.Remove(key), Is.EqualTo(expected.Remove(key)));
            }
            else
            {
                map.Set(key, i);
                expected[key] = i;
            }

            var probe = SmallKey(random);
            Assert.That(map.Find(probe), Is.EqualTo(expected.GetValueOrDefault(probe, -1)));
        }

        Assert.That(map.Count, Is.EqualTo(expected.Count));
        Assert.That(expected.All(pair => map.Find(pair.Key) == pair.Value), Is.True);
    }

    [Test]
    public void Keys_that_meet_in_one_slot_are_told_apart()
    {
        var map = new KeyMap(8);

        for (var i = 0; i < 100; i++)
        {
            map.Set(new UInt128((ulong)i + 1, 7), i);
        }

        Assert.That(Enumerable.Range(0, 100).All(i => map.Find(new UInt128((ulong)i + 1, 7)) == i), Is.True);
        Assert.That(map.Find(new UInt128(0, 7)), Is.EqualTo(-1));
    }

    [Test]
    public void A_removed_key_does_not_hide_those_behind_it()
    {
        var map = new KeyMap(8);
        map.Set(new UInt128(1, 7), 1);
        map.Set(new UInt128(2, 7), 2);

        map.Remove(new UInt128(1, 7));

        Assert.That(map.Find(new UInt128(1, 7)), Is.EqualTo(-1));
        Assert.That(map.Find(new UInt128(2, 7)), Is.EqualTo(2));
        Assert.That(map.Count, Is.EqualTo(1));
    }

    [Test]
    public void A_removed_key_may_return()
    {
        var map = new KeyMap(8);
        map.Set(1, 1);
        map.Remove(1);

        map.Set(1, 2);

        Assert.That(map.Find(1), Is.EqualTo(2));
        Assert.That(map.Count, Is.EqualTo(1));
    }

    [Test]
    public void Zero_is_a_value() => Assert.That(Filled(1, 0).Find(1), Is.Zero);

    [Test]
    public void The_largest_number_but_one_is_a_value() => Assert.That(Filled(1, int.MaxValue - 1).Find(1), Is.EqualTo(int.MaxValue - 1));

    [TestCase(-1)]
    [TestCase(int.MaxValue)]
    public void A_value_that_would_be_taken_for_a_mark_is_refused(int value) =>
        Assert.That(() => Filled(1, value), Throws.InstanceOf<ArgumentOutOfRangeException>());

    [Test]
    public void Keys_that_come_and_go_take_no_more_room_than_those_that_stay()
    {
        var map = new KeyMap(1_000);
        var random = new Random(1);
        var before = GC.GetAllocatedBytesForCurrentThread();

        for (var i = 0; i < 100_000; i++)
        {
            var key = new UInt128(0, (ulong)random.NextInt64());
            map.Set(key, i);
            map.Remove(key);
        }

        // Cleaning up copies the live entries into a table of the same size; a map that doubled instead would hold megabytes.
        Assert.That(map.SlotCount, Is.LessThanOrEqualTo(2_048));
        Assert.That(GC.GetAllocatedBytesForCurrentThread() - before, Is.LessThan(16 << 20));
    }

    [Test]
    public async Task Readers_never_miss_a_key_that_was_published_while_the_writer_grows_the_map()
    {
        const int Keys = 300_000;
        var map = new KeyMap(8);
        var published = 0;

        var readers = Enumerable.Range(1, 2).Select(seed => Task.Run(() => ReadUntil(map, Keys, () => Volatile.Read(ref published), seed))).ToArray();
        for (var i = 0; i < Keys; i++)
        {
            map.Set(Mixed(i), i);
            Volatile.Write(ref published, i + 1);
        }

        var misses = await Task.WhenAll(readers);
        Assert.That(misses.Sum(), Is.Zero);
    }

    [Test]
    public async Task Readers_see_a_key_that_is_never_removed_while_others_come_and_go()
    {
        const int Resident = 100;
        var map = new KeyMap(8);
        for (var i = 0; i < Resident; i++)
        {
            map.Set(Mixed(i), i);
        }

        var isDone = 0;
        var reader = Task.Run(() =>
        {
            var misses = 0;
            for (var i = 0; Volatile.Read(ref isDone) == 0; i = (i + 1) % Resident)
            {
                misses += map.Find(Mixed(i)) == i ? 0 : 1;
            }

            return misses;
        });
        for (var i = Resident; i < 300_000; i++)
        {
            map.Set(Mixed(i), i);
            map.Remove(Mixed(i));
        }

        Volatile.Write(ref isDone, 1);
        Assert.That(await reader, Is.Zero);
    }

    [Test]
    public void Finding_allocates_nothing()
    {
        var map = Filled(1, 1);
        map.Find(1);
        var before = GC.GetAllocatedBytesForCurrentThread();

        for (var i = 0; i < 1_000; i++)
        {
            map.Find((UInt128)i);
        }

        Assert.That(GC.GetAllocatedBytesForCurrentThread() - before, Is.Zero);
    }

    private static int ReadUntil(KeyMap map, int keys, Func<int> published, int seed)
    {
        var random = new Random(seed);
        var misses = 0;
        for (var known = 0; known < keys;)
        {
            known = published();
            var i = known == 0 ? 0 : random.Next(known);
            misses += known == 0 || map.Find(Mixed(i)) == i ? 0 : 1;
        }

        return misses;
    }

    private static KeyMap Filled(UInt128 key, int value)
    {
        var map = new KeyMap();
        map.Set(key, value);
        return map;
    }

    /// <summary>Few enough to meet again, and all in few slots, so that chains are long.</summary>
    private static UInt128 SmallKey(Random random) => new((ulong)random.Next(50), (ulong)random.Next(20));

    private static UInt128 Mixed(int i)
    {
        var low = ((ulong)i + 1) * 0x9E3779B97F4A7C15;
        return new UInt128(~low, low ^ (low >> 29));
    }
}
