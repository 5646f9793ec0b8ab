using NUnit.Framework;
using Personalization.Features.Domain.Declared;

namespace Personalization.Tests.Features.Declared;

public sealed class KeyStateTests
{
    [Test]
    public void Sections_keep_their_bytes_whatever_the_others_do()
    {
        var random = new Random(1);
        var expected = new SortedDictionary<int, byte[]>();
        var state = new KeyState();
        for (var i = 0; i < 5_000; i++)
        {
            var (number, section) = (random.Next(1, 40), new byte[random.Next(0, 60)]);
            random.NextBytes(section);
            state.Put(number, section);
            expected[number] = section;
        }

        Assert.That(state.Numbers(), Is.EqualTo(expected.Keys));
        foreach (var (number, section) in expected)
        {
            Assert.That(state.Section(number).ToArray(), Is.EqualTo(section));
            Assert.That(Copy(state, number), Is.EqualTo(section));
        }

        Assert.That(Copy(state, 99), Is.Null);
        Assert.That(state.Room, Is.LessThanOrEqualTo(40 * 64 * 5 / 4));
    }

    [Test]
    public void What_is_no_longer_in_use_is_dropped_and_the_rest_restored_as_it_was()
    {
        var state = new KeyState();
        state.Put(1, [1, 1]);
        state.Put(2, [2]);
        state.Put(3, [3, 3, 3]);

        state.Keep(number => number != 2);
        var restored = KeyState.Decode(state.Bytes);

        Assert.That(restored.Numbers(), Is.EqualTo(new[] { 1, 3 }));
        Assert.That(Copy(restored, 3), Is.EqualTo(new byte[] { 3, 3, 3 }));
        Assert.That(restored.Has(2), Is.False);
    }

    [Test]
    public void A_reader_sees_one_version_of_a_section_while_it_is_written()
    {
        var state = new KeyState();
        state.Put(2, new byte[8]);
        using var hasStarted = new ManualResetEventSlim();
        var isDone = false;
        var torn = 0;
        var reads = 0;
        var reader = new Thread(() =>
        {
            var room = new byte[256];
            while (!Volatile.Read(ref isDone))
            {
                var length = state.CopyTo(2, room);
                var whole = room.AsSpan(0, length);
                torn += length != 8 + whole[0] || whole.ContainsAnyExcept(whole[0]) ? 1 : 0;
                reads++;
                hasStarted.Set();
            }
        });
        reader.Start();
        hasStarted.Wait();

        // A section before it grows and shrinks too, so that it moves.
        for (var i = 0; i < 200_000; i++)
        {
            var fill = (byte)(i % 100);
            var section = new byte[8 + fill];
            section.AsSpan().Fill(fill);
            state.Put(2, section);
            state.Put(1, new byte[i % 50]);
        }

        Volatile.Write(ref isDone, true);
        reader.Join();
        Assert.That(torn, Is.Zero);
        Assert.That(reads, Is.GreaterThan(1));
    }

    private static byte[]? Copy(KeyState state, int number)
    {
        var room = new byte[256];
        var length = state.CopyTo(number, room);
        return length < 0 ? null : room[..length];
    }
}
