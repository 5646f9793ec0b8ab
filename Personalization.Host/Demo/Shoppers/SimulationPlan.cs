using Personalization.Host.Demo.Catalog;

namespace Personalization.Host.Demo.Shoppers;

/// <summary>How many shoppers come, how fast they act, and what they see.</summary>
internal sealed record SimulationPlan
{
    /// <summary>Shoppers that the shop knows; the first come more often than the last.</summary>
    public const int Population = 4_000;

    public required int Seed { get; init; }

    /// <summary>0 for the history, then the number of the start.</summary>
    public required int Run { get; init; }

    /// <summary>Virtual time of the first arrival, Unix ms.</summary>
    public required long StartMs { get; init; }

    /// <summary>Mean time between two arrivals, ms.</summary>
    public required double ArrivalMs { get; init; }

    /// <summary>Mean time between two steps of a shopper, ms.</summary>
    public required double ThinkMs { get; init; }

    /// <summary>How long a fashion lasts, ms; this is what moves the trending placement.</summary>
    public required long FashionMs { get; init; }

    /// <summary>Quiet nights and busy evenings.</summary>
    public required bool FollowsDay { get; init; }

    /// <summary>False when nobody answers: the history is sent before there is anything to recommend.</summary>
    public required bool SeesRecommendations { get; init; }

    /// <summary>The past: the given number of events, more or less, spread over the given time.</summary>
    public static SimulationPlan History(int seed, int events, long endMs, TimeSpan length) => new()
    {
        Seed = seed,
        Run = 0,
        StartMs = endMs - (long)length.TotalMilliseconds,
        ArrivalMs = length.TotalMilliseconds * Habits.EventsPerSession / events,
        ThinkMs = 25_000,
        FashionMs = 8 * 3_600_000,
        FollowsDay = true,
        SeesRecommendations = false,
    };

    /// <summary>The present, about ten times as fast as people are, so that something happens.</summary>
    public static SimulationPlan Live(int seed, int run, long startMs, double eventsPerSecond) => new()
    {
        Seed = seed,
        Run = run,
        StartMs = startMs,
        ArrivalMs = 1000 * Habits.EventsPerLiveSession / eventsPerSecond,
        ThinkMs = 2_500,
        FashionMs = 90_000,
        FollowsDay = false,
        SeesRecommendations = true,
    };

    /// <summary>What everybody comes for at this time.</summary>
    public DemoCategory FashionAt(long nowMs) =>
        DemoAssortment.Categories[DemoSeed.Mix(Seed, 20, (int)(nowMs / FashionMs)) % DemoAssortment.Categories.Count];
}
