using NUnit.Framework;
using Personalization.Tracking.Contracts;
using Personalization.Tracking.Domain.Pressure;

namespace Personalization.Tests.Tracking.Pressure;

internal sealed class AdmissionGateTests
{
    private static readonly Source Web = new(1, "web");
    private static readonly Source App = new(2, "app");
    private PressureWorld _world = null!;

    [SetUp]
    public void Begin() => _world = new PressureWorld();

    [TearDown]
    public void End() => _world.Dispose();

    [Test]
    public void Without_pressure_everything_passes()
    {
        for (var i = 0; i < 1_000; i++)
        {
            Assert.That(_world.Send(Web, 100), Is.Null);
        }

        Assert.That(_world.Send(Web, 2_000, origin: EventOrigin.Import), Is.Null);
        Assert.That(_world.Gate.BeforeReading(Web, 4_000_000), Is.Null);
    }

    [Test]
    public void Bulk_is_shed_while_single_views_and_all_that_is_critical_pass()
    {
        _world.Reach(PressureLevel.ShedBulk);

        Assert.That(UntilRefused(() => _world.Send(Web, 50)), Is.EqualTo("tracking/bulk-shed"));
        Assert.That(_world.Send(Web, 1), Is.Null);
        Assert.That(_world.Send(Web, 19), Is.Null);
        Assert.That(_world.Send(Web, 50, "Order Completed"), Is.Null);
        Assert.That(_world.Send(Web, 1, "Order Completed"), Is.Null);
    }

    [Test]
    public void An_import_is_bulk_whatever_it_holds()
    {
        _world.Reach(PressureLevel.ShedBulk);

        Assert.That(UntilRefused(() => _world.Send(Web, 1, "Order Completed", origin: EventOrigin.Import)), Is.EqualTo("tracking/bulk-shed"));
    }

    [Test]
    public void An_import_takes_the_bulk_lane_even_without_pressure()
    {
        var batch = _world.Parse(1, "Order Completed");
        batch.Origin = EventOrigin.Import;
        Assert.That(batch.IsCritical);

        _world.Send(Web, batch);

        Assert.That((batch.IsCritical, batch.FairnessKey), Is.EqualTo((false, 1)));
    }

    [Test]
    public void A_large_body_is_turned_away_unread_only_when_its_source_has_had_its_share()
    {
        _world.Reach(PressureLevel.ShedBulk);
        for (var round = 0; round < 20; round++)
        {
            for (var i = 0; i < 10; i++)
            {
                _world.Send(Web, 100);
            }

            _world.Look(PressureWorld.Over);
        }

        UntilRefused(() => _world.Send(Web, 100));

        var shed = _world.Gate.BeforeReading(Web, 100_000);

        Assert.That(shed?.Problem?.Name, Is.EqualTo("tracking/bulk-shed"));
        Assert.That(shed?.RetryAfterSeconds, Is.InRange(1, 60));
        Assert.That(_world.Gate.BeforeReading(App, 100_000), Is.Null, "there may be orders in it, and its share is unused");
        Assert.That(_world.Gate.BeforeReading(Web, 1_000), Is.Null);
        Assert.That(_world.Gate.BeforeReading(Web, null), Is.Null, "of unknown length: it is read");
        Assert.That(_world.Gate.BeforeReading(null, 100_000), Is.Null, "of an unknown source: the body may name it");
    }

    [Test]
    public void Who_is_over_its_share_is_refused_and_who_is_not_never_is()
    {
        for (var round = 0; round < 100; round++)
        {
            var refused = OfferRound(web: 300, app: 5);
            _world.Look(PressureWorld.Over);
            if (_world.Gate.Level == PressureLevel.FairShare)
            {
                Assert.That(refused.App, Is.Zero);
            }
        }

        Assert.That(_world.Gate.Level, Is.EqualTo(PressureLevel.FairShare));
        Assert.That(OfferRound(web: 300, app: 5).Web, Is.GreaterThan(100));
    }

    [Test]
    public void Critical_events_of_a_source_pass_when_its_others_have_used_its_share_up()
    {
        for (var round = 0; round < 100; round++)
        {
            OfferRound(web: 300, app: 5);
            _world.Look(PressureWorld.Over);
        }

        Assert.That(UntilRefused(() => _world.Send(Web, 1)), Is.EqualTo("tracking/over-fair-share"));
        Assert.That(_world.Send(Web, 1, "Order Completed"), Is.Null);
        Assert.That(
            UntilRefused(() => _world.Send(Web, 1, "Order Completed")), Is.EqualTo("tracking/over-fair-share"), "but not without end");
    }

    [Test]
    public void Weights_divide_what_there_is()
    {
        using var world = new PressureWorld(options => options.Weights["app"] = 3);
        var (web, app) = (0, 0);
        for (var round = 0; round < 200; round++)
        {
            var isMeasured = world.Gate.Level == PressureLevel.FairShare && round >= 100;
            for (var i = 0; i < 200; i++)
            {
                web += world.Send(Web, 1) is null && isMeasured ? 1 : 0;
                app += world.Send(App, 1) is null && isMeasured ? 1 : 0;
            }

            world.Look(PressureWorld.Over);
        }

        Assert.That((double)app / web, Is.EqualTo(3).Within(0.3));
    }

    [Test]
    public void A_hot_shopper_is_refused_under_pressure_only_and_never_for_what_is_critical()
    {
        _world.HotKeys.Add(_world.Parse(1, "Product Viewed")[0].AnonymousKey, 42);
        Assert.That(_world.Send(Web, 1, shopper: "s"), Is.Null);

        _world.Reach(PressureLevel.ShedBulk);

        Assert.That(_world.Send(Web, 1, shopper: "s"), Is.EqualTo("tracking/hot-profile"));
        Assert.That(_world.Send(Web, 1, "Order Completed", shopper: "s"), Is.Null);
        Assert.That(_world.Send(Web, 1, shopper: "another"), Is.Null);
    }

    private static string? UntilRefused(Func<string?> send)
    {
        string? refused = null;
        for (var i = 0; i < 10_000 && refused is null; i++)
        {
            refused = send();
        }

        return refused;
    }

    /// <summary>Refused requests of a tenth of a second, the sources' taking turns.</summary>
    private (int Web, int App) OfferRound(int web, int app)
    {
        var (refusedWeb, refusedApp) = (0, 0);
        for (var i = 0; i < web; i++)
        {
            refusedWeb += _world.Send(Web, 1) is null ? 0 : 1;
            refusedApp += i < app && _world.Send(App, 1) is not null ? 1 : 0;
        }

        return (refusedWeb, refusedApp);
    }
}
