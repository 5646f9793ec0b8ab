using NUnit.Framework;
using Personalization.Kernel.Collections;

namespace Personalization.Tests.Kernel.Collections;

public class ChunkedArrayTests
{
    [Test]
    public void An_empty_array_addresses_nothing()
    {
        var array = new ChunkedArray<int>();

        Assert.That(array.Capacity, Is.Zero);
        Assert.That(() => array[0], Throws.InstanceOf<IndexOutOfRangeException>());
    }

    [TestCase(0)]
    [TestCase(4_095)]
    [TestCase(4_096)]
    [TestCase(100_000)]
    public void An_ensured_index_is_addressable_and_holds_the_default(int index)
    {
        var array = new ChunkedArray<int>();

        var element = array.Ensure(index);

        Assert.That(element, Is.Zero);
        Assert.That(array.Capacity, Is.GreaterThan(index));
        Assert.That(array[index], Is.Zero);
    }

    [Test]
    public void Elements_keep_their_values_when_the_array_grows()
    {
        var array = new ChunkedArray<int>();

        for (var i = 0; i < 20_000; i++)
        {
            array.Ensure(i) = i;
        }

        Assert.That(Enumerable.Range(0, 20_000).All(i => array[i] == i), Is.True);
    }

    [Test]
    public void A_reference_stays_valid_when_the_array_grows()
    {
        var array = new ChunkedArray<int>();
        ref var element = ref array.Ensure(5);

        array.Ensure(1_000_000);
        element = 42;

        Assert.That(array[5], Is.EqualTo(42));
    }

    [Test]
    public void An_index_that_is_addressable_costs_nothing_to_ensure()
    {
        var array = new ChunkedArray<long>();
        array.Ensure(4_095);
        var before = GC.GetAllocatedBytesForCurrentThread();

        for (var i = 0; i < 4_096; i++)
        {
            array.Ensure(i) = i;
        }

        Assert.That(GC.GetAllocatedBytesForCurrentThread() - before, Is.Zero);
    }

    [Test]
    public void A_negative_index_is_refused() =>
        Assert.That(() => new ChunkedArray<int>().Ensure(-1), Throws.InstanceOf<IndexOutOfRangeException>());

    [Test]
    public async Task Readers_see_every_published_element_while_the_writer_grows_the_array()
    {
        const int Elements = 500_000;
        var array = new ChunkedArray<int>();
        var published = 0;

        var reader = Task.Run(() =>
        {
            var random = new Random(1);
            var wrong = 0;
            for (var known = 0; known < Elements;)
            {
                known = Volatile.Read(ref published);
                var i = known == 0 ? 0 : random.Next(known);
                wrong += known == 0 || array[i] == i ? 0 : 1;
            }

            return wrong;
        });
        for (var i = 0; i < Elements; i++)
        {
            array.Ensure(i) = i;
            Volatile.Write(ref published, i + 1);
        }

        Assert.That(await reader, Is.Zero);
    }
}
