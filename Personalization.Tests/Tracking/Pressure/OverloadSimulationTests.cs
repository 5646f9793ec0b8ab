using NUnit.Framework;
using Personalization.Tracking.Contracts;
using Personalization.Tracking.Domain.Pressure;

namespace Personalization.Tests.Tracking.Pressure;

/// <summary>
/// The gate in front of a server that does 10,000 units of work a second, first come, first served, and says how long its queue is. Time is
/// simulated, so the outcome is the same on any machine.
/// </summary>
internal sealed class OverloadSimulationTests
{
    private const int CapacityPerLook = 1_000;
    private static readonly Source Shop = new(1, "shop");
    private static readonly Source Busy = new(2, "busy");
    private static readonly Source Checkout = new(3, "checkout");

    private readonly List<double> _delaysMs = [];
    private PressureWorld _world = null!;
    private EventBatch _bulk = null!;
    private EventBatch _view = null!;
    private EventBatch _order = null!;
    private double _queued;
    private int _bulkRefused;
    private int _viewsRefused;
    private int _ordersRefused;
    private int _looks;

    [SetUp]
    public void Begin()
    {
        _world = new PressureWorld();
        (_bulk, _view, _order) = (_world.Parse(100, "Product Viewed"), _world.Parse(1, "Product Viewed"), _world.Parse(1, "Order Completed"));
        _queued = _bulkRefused = _viewsRefused = _ordersRefused = _looks = 0;
        _delaysMs.Clear();
    }

    [TearDown]
    public void End() => _world.Dispose();

    [Test]
    public void Bulk_beyond_the_capacity_is_shed_and_nobody_else_is()
    {
        Run(seconds: 60, bulk: 20, views: 40, orders: 15);

        Assert.That(_bulkRefused, Is.GreaterThan(60 * 10 * 8), "at least eight of twenty a look");
        Assert.That((_viewsRefused, _ordersRefused), Is.EqualTo((0, 0)));
        Assert.That(_world.Gate.Level, Is.EqualTo(PressureLevel.ShedBulk));
        Assert.That(_world.Watch.Describe().Changes, Is.EqualTo(1), "a load that lasts is one level that lasts");
        Assert.That(Percentile(_delaysMs.Skip(50), 0.95), Is.LessThan(30), "the queue stays short once bulk is shed");
    }

    [Test]
    public void What_can_be_done_is_done()
    {
        Run(seconds: 20, bulk: 20, views: 40, orders: 15);
        var before = _world.Gate.BulkAdmitted.Total;
        Run(seconds: 40, bulk: 20, views: 40, orders: 15);

        // 10,000 a second, less 550 requests of 7 units: 6,150 are left for bulk.
        Assert.That((_world.Gate.BulkAdmitted.Total - before) / 40.0, Is.EqualTo(6_150).Within(20).Percent);
    }

    [Test]
    public void When_single_events_are_too_many_the_busy_source_is_refused_and_orders_are_not()
    {
        Run(seconds: 60, bulk: 5, views: 300, orders: 15);

        Assert.That(_world.Gate.Level, Is.EqualTo(PressureLevel.FairShare));
        Assert.That(_viewsRefused, Is.GreaterThan(60 * 10 * 100));
        Assert.That(_ordersRefused, Is.Zero);
        Assert.That(_world.Watch.Describe().Changes, Is.LessThanOrEqualTo(2));
        Assert.That(Percentile(_delaysMs.Skip(50), 0.95), Is.LessThan(30));
    }

    [Test]
    public void What_is_critical_is_served_before_any_bulk_even_when_it_is_most_of_what_can_be_done()
    {
        // 7,700 of 10,000 units a second are orders of one source: more than half, which is its share beside one source of bulk.
        Run(seconds: 60, bulk: 20, views: 1, orders: 110);

        Assert.That(_ordersRefused, Is.Zero);
        Assert.That(_bulkRefused, Is.GreaterThan(60 * 10 * 15));
    }

    [Test]
    public void After_the_load_everything_passes_again()
    {
        Run(seconds: 30, bulk: 20, views: 300, orders: 15);
        Assert.That(_world.Gate.Level, Is.EqualTo(PressureLevel.FairShare));

        Run(seconds: 30, bulk: 1, views: 20, orders: 15);
        Assert.That(_world.Gate.Level, Is.EqualTo(PressureLevel.Normal));
        var refused = _bulkRefused + _viewsRefused;
        Run(seconds: 10, bulk: 1, views: 20, orders: 15);

        Assert.That(_bulkRefused + _viewsRefused, Is.EqualTo(refused));
        Assert.That(_queued, Is.Zero, "all of it was drained");
    }

    [Test]
    public void Waves_of_load_do_not_make_the_level_flap()
    {
        for (var wave = 0; wave < 60; wave++)
        {
            Run(seconds: 1, bulk: 20, views: 40, orders: 15);
            Run(seconds: 1, bulk: 2, views: 40, orders: 15);
        }

        Assert.That(_world.Watch.Describe().Changes, Is.LessThanOrEqualTo(6), "in two minutes");
        Assert.That(_ordersRefused, Is.Zero);
    }

    /// <param name="seconds">Simulated.</param>
    /// <param name="bulk">Batches of 100 views a tenth of a second, 106 units each.</param>
    /// <param name="views">Single views a tenth of a second, 7 units each.</param>
    /// <param name="orders">Orders a tenth of a second, 7 units each.</param>
    private void Run(int seconds, int bulk, int views, int orders)
    {
        for (var look = 0; look < seconds * 10; look++, _looks++)
        {
            for (var i = 0; i < Math.Max(bulk, Math.Max(views, orders)); i++)
            {
                _bulkRefused += i < bulk ? Offer(Shop, _bulk) : 0;
                _viewsRefused += i < views ? Offer(Busy, _view) : 0;
                _ordersRefused += i < orders ? Offer(Checkout, _order) : 0;
            }

            _queued = Math.Max(0, _queued - CapacityPerLook);
            var delayMs = _queued * 100 / CapacityPerLook;
            _delaysMs.Add(delayMs);
            _world.Look(new PressureSignals(0, 0, delayMs, 0));
        }
    }

    private int Offer(Source source, EventBatch batch)
    {
        if (_world.Send(source, batch) is not null)
        {
            return 1;
        }

        _queued += WorkUnits.Of(batch.EventCount);
        return 0;
    }

    private static double Percentile(IEnumerable<double> values, double part)
    {
        var sorted = values.Order().ToArray();
        return sorted[(int)(part * (sorted.Length - 1))];
    }
}
