using Personalization.Features.Contracts;
using Personalization.Host.Demo.Catalog;
using Personalization.Host.Demo.Shoppers;

namespace Personalization.Host.Demo;

/// <summary>Opens the shop: catalogue, two weeks of history on the first start, then shoppers for as long as the host runs.</summary>
internal sealed partial class DemoService(
    DemoSettings settings,
    DemoCatalog catalog,
    DemoClient client,
    IHostApplicationLifetime lifetime,
    IServiceProvider services,
    TimeProvider time,
    ILogger<DemoService> logger) : BackgroundService
{
    private const int ItemsPerRequest = 1_000;
    private const int EventsPerRequest = 500;
    private static readonly TimeSpan HistoryLength = TimeSpan.FromDays(14);
    private static readonly TimeSpan Tick = TimeSpan.FromMilliseconds(100);
    private static readonly TimeSpan Stall = TimeSpan.FromSeconds(3);
    private static readonly TimeSpan ReportEvery = TimeSpan.FromSeconds(10);

    private readonly DemoTally _tally = new(catalog);

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        try
        {
            await WaitUntilStartedAsync(stoppingToken);
            await client.WaitUntilReadyAsync(stoppingToken);
            if (Open() is { } state)
            {
                state = await PrepareAsync(state, stoppingToken);
                var page = new Uri(client.Address!, "demo");
                LogOpen(page);
                await StreamAsync(state.Runs, stoppingToken);
            }
        }
        catch (Exception) when (lifetime.ApplicationStopping.IsCancellationRequested) // The host stops, its server first; the shoppers go home.
        {
        }
        catch (Exception exception) // The edge of the demo: whatever goes wrong here must not take the server down.
        {
            LogStopped(exception);
        }
    }

    private async Task WaitUntilStartedAsync(CancellationToken cancellationToken)
    {
        var started = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        await using var registration = lifetime.ApplicationStarted.Register(started.SetResult);
        await started.Task.WaitAsync(cancellationToken);
    }

    /// <summary>Null when the data directory belongs to somebody else: a real shop, or the demo with another seed.</summary>
    private DemoState? Open()
    {
        var state = DemoState.Load(settings.DataDirectory);
        if (state is null && services.GetService<ICatalog>() is { Count: > 0 })
        {
            LogForeignData(settings.DataDirectory);
            return null;
        }

        if (state is not null && state.Seed != settings.Seed)
        {
            LogOtherSeed(settings.DataDirectory, state.Seed, settings.Seed);
            return null;
        }

        state ??= new DemoState { Seed = settings.Seed, HistoryEndMs = NowMs() };
        state = state with { Runs = state.Runs + 1 };
        state.Save(settings.DataDirectory);
        return state;
    }

    /// <summary>Catalogue and history, until both have been sent completely once.</summary>
    private async Task<DemoState> PrepareAsync(DemoState state, CancellationToken cancellationToken)
    {
        if (state.IsHistorySent)
        {
            return state;
        }

        foreach (var items in catalog.Items.Chunk(ItemsPerRequest))
        {
            await client.PutCatalogAsync(DemoCatalogJson.Write(items), cancellationToken);
        }

        LogCatalog(catalog.Items.Count, settings.Seed);
        await SendHistoryAsync(state.HistoryEndMs, cancellationToken);
        state = state with { IsHistorySent = true };
        state.Save(settings.DataDirectory);
        return state;
    }

    private async Task SendHistoryAsync(long endMs, CancellationToken cancellationToken)
    {
        if (settings.HistoryEvents == 0)
        {
            return;
        }

        var startedMs = NowMs();
        var events = new List<SimulatedEvent>(settings.HistoryEvents);
        new ShopperSimulation(catalog, SimulationPlan.History(settings.Seed, settings.HistoryEvents, endMs, HistoryLength))
            .Advance(endMs, events, []);
        foreach (var batch in events.Chunk(EventsPerRequest))
        {
            await client.SendBatchAsync(batch, cancellationToken);
        }

        var elapsedMs = NowMs() - startedMs;
        LogHistory(events.Count, HistoryLength.Days, elapsedMs);
    }

    private async Task StreamAsync(int run, CancellationToken cancellationToken)
    {
        if (settings.EventsPerSecond == 0)
        {
            return;
        }

        var simulation = new ShopperSimulation(
            catalog, SimulationPlan.Live(settings.Seed, run, NowMs(), settings.EventsPerSecond));
        var lastMs = NowMs();
        var reportedMs = lastMs;
        using var timer = new PeriodicTimer(Tick, time);
        while (await timer.WaitForNextTickAsync(cancellationToken))
        {
            var nowMs = NowMs();
            if (nowMs - lastMs > Stall.TotalMilliseconds)
            {
                simulation.Postpone(nowMs - lastMs);
            }

            lastMs = nowMs;
            await ActAsync(simulation, nowMs, cancellationToken);
            if (nowMs - reportedMs >= ReportEvery.TotalMilliseconds)
            {
                reportedMs = nowMs;
                Report(simulation.ShoppersInShop);
            }
        }
    }

    /// <summary>First what happened, then what is recommended: the answers know the events before them.</summary>
    private async Task ActAsync(ShopperSimulation simulation, long nowMs, CancellationToken cancellationToken)
    {
        var events = new List<SimulatedEvent>();
        var asking = new List<Shopper>();
        simulation.Advance(nowMs, events, asking);
        foreach (var batch in events.Chunk(EventsPerRequest))
        {
            await client.SendBatchAsync(batch, cancellationToken);
            _tally.Sent(batch);
        }

        foreach (var shopper in asking)
        {
            var slate = await client.GetForYouAsync(shopper, cancellationToken);
            shopper.Show(slate);
            _tally.Answered(shopper, slate);
        }
    }

    private void Report(int inShop)
    {
        if (_tally.TakeExample() is { } example)
        {
            LogExample(inShop, _tally.Events, _tally.Orders, _tally.Answers, _tally.Clicks,
                example.Shopper, example.Viewed, example.Recommended, example.Reason);
            return;
        }

        LogCounts(inShop, _tally.Events, _tally.Orders, _tally.Answers, _tally.Clicks);
    }

    private long NowMs() => time.GetUtcNow().ToUnixTimeMilliseconds();

    [LoggerMessage(EventId = 9001, Level = LogLevel.Information, Message = "Demo shop stocked with {Items} products (seed {Seed})")]
    private partial void LogCatalog(int items, int seed);

    [LoggerMessage(EventId = 9002, Level = LogLevel.Information, Message = "Demo history sent: {Events} events of the last {Days} days in {ElapsedMs} ms")]
    private partial void LogHistory(int events, int days, long elapsedMs);

    [LoggerMessage(EventId = 9003, Level = LogLevel.Information, Message = "Demo shop is open at {Address}")]
    private partial void LogOpen(Uri address);

    [LoggerMessage(EventId = 9004, Level = LogLevel.Information, Message =
        "{InShop} shoppers in the shop; {Events} events, {Orders} orders, {Answers} answers, {Clicks} clicks on them; "
        + "shopper {Shopper} viewed {Viewed} → now recommended: {Recommended} ({Reason})")]
    private partial void LogExample(
        int inShop, long events, long orders, long answers, long clicks, int shopper, string viewed, string recommended, string reason);

    [LoggerMessage(EventId = 9005, Level = LogLevel.Information, Message =
        "{InShop} shoppers in the shop; {Events} events, {Orders} orders, {Answers} answers, {Clicks} clicks on them")]
    private partial void LogCounts(int inShop, long events, long orders, long answers, long clicks);

    [LoggerMessage(EventId = 9006, Level = LogLevel.Warning, Message =
        "{DataDirectory} holds the catalogue of another shop, so no simulated shoppers enter it; give the demo a directory of its own")]
    private partial void LogForeignData(string dataDirectory);

    [LoggerMessage(EventId = 9007, Level = LogLevel.Warning, Message =
        "{DataDirectory} was filled with --demo-seed {StoredSeed}, so shoppers of seed {Seed} stay out; use that seed or another directory")]
    private partial void LogOtherSeed(string dataDirectory, int storedSeed, int seed);

    [LoggerMessage(EventId = 9008, Level = LogLevel.Error, Message = "The demo's shoppers have stopped; the server goes on")]
    private partial void LogStopped(Exception exception);
}
