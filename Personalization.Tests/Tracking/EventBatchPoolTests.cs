using NUnit.Framework;
using Personalization.Tracking.Pipeline;

namespace Personalization.Tests.Tracking;

public class EventBatchPoolTests
{
    [TestCase(1_000)]
    [TestCase(16 * 1024)]
    [TestCase(20_000)]
    [TestCase(200_000)]
    public void A_batch_serves_the_next_body_of_its_size(int bytes)
    {
        var pool = new EventBatchPool();
        var first = pool.Rent(bytes);
        first.EnsureBuffer(bytes);
        first.Release();

        Assert.That(pool.Rent(bytes), Is.SameAs(first));
    }

    [Test]
    public void It_knows_how_many_are_out()
    {
        var pool = new EventBatchPool();

        var first = pool.Rent();
        var second = pool.Rent(1_000_000);
        var out2 = pool.Rented;
        first.Release();
        second.Release();

        Assert.That((out2, pool.Rented), Is.EqualTo((2, 0)));
    }

    [Test]
    public void A_batch_weighs_what_it_holds_and_not_its_body_alone()
    {
        var batch = new EventBatchPool().Rent();
        batch.EnsureBuffer(1_000);
        for (var i = 0; i < 100; i++)
        {
            batch.AddEvent();
            batch.AddLine();
        }

        Assert.That(batch.ByteCount, Is.GreaterThan(100 * 300));
    }

    [Test]
    public void A_released_batch_is_used_again_and_is_empty()
    {
        var pool = new EventBatchPool();
        var batch = pool.Rent();
        batch.AddEvent();
        batch.AddLine();
        batch.SourceId = 3;
        batch.IsCritical = true;
        batch.Release();

        var again = pool.Rent();

        Assert.That(again, Is.SameAs(batch));
        Assert.That((again.EventCount, again.LineCount, again.SourceId, again.IsCritical), Is.EqualTo((0, 0, (ushort)0, false)));
    }

    [Test]
    public void A_batch_that_somebody_still_holds_is_not_given_out()
    {
        var pool = new EventBatchPool();
        var batch = pool.Rent();
        batch.Retain();
        batch.Release();

        Assert.That(pool.Rent(), Is.Not.SameAs(batch));
    }

    [Test]
    public void No_more_are_kept_than_the_bounds_allow()
    {
        var byCount = new EventBatchPool(maxCount: 1);
        var byBytes = new EventBatchPool(maxBytes: 1000);
        var counted = new[] { byCount.Rent(), byCount.Rent() };
        var big = byBytes.Rent();
        big.EnsureBuffer(2000);
        big.Release();
        foreach (var batch in counted)
        {
            batch.Release();
        }

        Assert.That((byCount.Rent() == counted[0], byCount.Rent() == counted[1]), Is.EqualTo((true, false)));
        Assert.That(byBytes.Rent(), Is.Not.SameAs(big));
    }

    [Test]
    public void Single_events_don_t_get_the_buffers_of_big_batches()
    {
        var pool = new EventBatchPool();
        var big = pool.Rent();
        big.EnsureBuffer(1_000_000);
        big.Release();

        Assert.That(pool.Rent(), Is.Not.SameAs(big));
        Assert.That(pool.Rent(1_000_000), Is.SameAs(big));
    }
}
