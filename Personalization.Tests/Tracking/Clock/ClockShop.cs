using Microsoft.Extensions.DependencyInjection;
using Personalization.Kernel.Checkpoints;
using Personalization.Tests.Support;
using Personalization.Tracking.Contracts;
using Personalization.Tracking.Pipeline;
using Personalization.Tracking.Pipeline.Clock;

namespace Personalization.Tests.Tracking.Clock;

/// <summary>An application whose clock moves by hand, with a stage that sets everyone a deadline of a minute. Ticks come when a test looks.</summary>
internal sealed class ClockShop : IAsyncDisposable
{
    public const long Start = 1_790_000_000_000;
    public const long DeadlineMs = 60_000;
    private readonly TemporaryFolder _folder = new();
    private readonly string[] _arguments;

    private ClockShop(params string[] arguments) => _arguments = [ShopServer.WithoutTicks, "--Personalization:Tracking:Partitions=1", .. arguments];

    public ManualClock Clock { get; } = new(Start);

    public ShopServer Shop { get; private set; } = null!;

    public DeadlineStage Stage { get; private set; } = null!;

    public string Trace => string.Join('|', Stage.Traces);

    public ILogClock LogClock => Shop.Services.GetRequiredService<ILogClock>();

    public static async Task<ClockShop> StartAsync(params string[] arguments)
    {
        var shop = new ClockShop(arguments);
        await shop.OpenAsync();
        return shop;
    }

    /// <summary>A view by a shopper, applied.</summary>
    public async Task ViewAsync(string shopper, string item)
    {
        await Shop.TrackAsync("/v1/track", ShopEvents.View(shopper, item));
        await Shop.SettleAsync();
    }

    /// <summary>Whether a tick was written; if so it is applied.</summary>
    public async Task<bool> LookAsync()
    {
        var isWritten = await Shop.Services.GetRequiredService<ClockTicker>().LookAsync();
        await Shop.SettleAsync();
        return isWritten;
    }

    /// <summary>Stops, and starts on what is on disk; without any derived state if told so.</summary>
    public async Task RestartAsync(bool forget = false)
    {
        await Shop.DisposeAsync();
        foreach (var file in Directory.GetFiles(_folder.Path).Where(file => forget && !Path.GetFileName(file).StartsWith("log.", StringComparison.Ordinal)))
        {
            File.Delete(file);
        }

        await OpenAsync();
    }

    public async ValueTask DisposeAsync()
    {
        await Shop.DisposeAsync();
        _folder.Dispose();
    }

    /// <summary>Puts the stage behind the product's own.</summary>
    public static void Plant(IServiceCollection services, long deadlineMs)
    {
        services.AddSingleton(provider => new DeadlineStage(provider.GetRequiredService<PartitionLayout>().Count, deadlineMs));
        services.AddSingleton<IEventStage>(provider => provider.GetRequiredService<DeadlineStage>());
        services.AddSingleton<ICheckpointed>(provider => provider.GetRequiredService<DeadlineStage>());
    }

    private async Task OpenAsync()
    {
        Shop = await ShopServer.StartWithAsync(
            _folder.Path,
            services =>
            {
                Plant(services, DeadlineMs);
                services.AddSingleton<TimeProvider>(Clock);
            },
            _arguments);
        Stage = Shop.Services.GetRequiredService<DeadlineStage>();
    }
}
