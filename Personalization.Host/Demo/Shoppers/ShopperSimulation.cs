using Personalization.Host.Demo.Catalog;

namespace Personalization.Host.Demo.Shoppers;

/// <summary>
/// Many shoppers in virtual time. Pure: what it produces depends on the plan and on the slates that are shown to the
/// shoppers, never on a clock. Not thread-safe.
/// </summary>
internal sealed class ShopperSimulation
{
    private const double FollowsFashion = 0.15;

    private readonly DemoCatalog _catalog;
    private readonly SimulationPlan _plan;
    private readonly Random _arrivals;
    private readonly Dictionary<int, Shopper> _shoppers = [];
    private readonly PriorityQueue<Shopper, (long AtMs, long Order)> _inShop = new();
    private double _nextArrivalMs;
    private long _order;
    private long _delayMs;

    public ShopperSimulation(DemoCatalog catalog, SimulationPlan plan)
    {
        _catalog = catalog;
        _plan = plan;
        _arrivals = DemoSeed.Random(plan.Seed, 30, plan.Run);
        _nextArrivalMs = plan.StartMs;
    }

    public int ShoppersInShop => _inShop.Count;

    /// <summary>
    /// Lets everything happen that happens up to <paramref name="untilMs"/>, in order of time. Shoppers who look at
    /// recommendations are added to <paramref name="asking"/>; show them theirs before the next call.
    /// </summary>
    public void Advance(long untilMs, ICollection<SimulatedEvent> events, ICollection<Shopper> asking)
    {
        untilMs -= _delayMs;
        while (true)
        {
            var stepMs = _inShop.TryPeek(out _, out var next) ? next.AtMs : long.MaxValue;
            if (Math.Min(stepMs, _nextArrivalMs) > untilMs)
            {
                return;
            }

            if (_nextArrivalMs <= stepMs)
            {
                Arrive();
            }
            else
            {
                Step(_inShop.Dequeue(), stepMs, events, asking);
            }
        }
    }

    /// <summary>Everybody waits: after a stall the shoppers go on where they were, rather than doing all of it at once.</summary>
    public void Postpone(long ms) => _delayMs += ms;

    private void Arrive()
    {
        var nowMs = (long)_nextArrivalMs;
        var shopper = FindIdle();
        if (shopper is not null)
        {
            shopper.Enter(_arrivals.Happens(FollowsFashion) ? _plan.FashionAt(nowMs) : null);
            _inShop.Enqueue(shopper, (nowMs, _order++));
        }

        _nextArrivalMs += _arrivals.Wait(_plan.ArrivalMs) / (_plan.FollowsDay ? Business(nowMs) : 1);
    }

    private void Step(Shopper shopper, long nowMs, ICollection<SimulatedEvent> events, ICollection<Shopper> asking)
    {
        var step = shopper.Step(nowMs + _delayMs);
        if (step.Event is not null)
        {
            events.Add(step.Event);
        }

        if (step.AsksForRecommendations && _plan.SeesRecommendations)
        {
            asking.Add(shopper);
        }

        if (!step.IsOver)
        {
            _inShop.Enqueue(shopper, (nowMs + 1 + shopper.Think(_plan.ThinkMs), _order++));
        }
    }

    /// <summary>A shopper who is not in the shop, regulars more often; null when all of them are.</summary>
    private Shopper? FindIdle()
    {
        var wanted = (int)(SimulationPlan.Population * Math.Pow(_arrivals.NextDouble(), 1.5));
        for (var i = 0; i < SimulationPlan.Population; i++)
        {
            var shopper = Get((wanted + i) % SimulationPlan.Population);
            if (!shopper.IsInShop)
            {
                return shopper;
            }
        }

        return null;
    }

    private Shopper Get(int number)
    {
        if (!_shoppers.TryGetValue(number, out var shopper))
        {
            var persona = Persona.Create(_plan.Seed, number);
            var random = DemoSeed.Random(_plan.Seed, 40, _plan.Run, number);
            shopper = new Shopper(_catalog, persona, random, new ShopperEventWriter(persona, _plan.Run), _plan.SeesRecommendations);
            _shoppers.Add(number, shopper);
        }

        return shopper;
    }

    /// <summary>Mean 1; least at seven in the morning, most at seven in the evening, UTC.</summary>
    private static double Business(long nowMs) =>
        1 + (0.8 * Math.Cos(2 * Math.PI * ((nowMs / 3_600_000.0 % 24) - 19) / 24));
}
