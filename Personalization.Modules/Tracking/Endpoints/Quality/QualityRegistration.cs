using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;
using Personalization.Kernel;
using Personalization.Kernel.Hashing;
using Personalization.Kernel.Privacy;
using Personalization.Kernel.Sqlite;
using Personalization.Tracking.Domain.Live;
using Personalization.Tracking.Pipeline;
using Personalization.Tracking.Pipeline.Live;
using Personalization.Tracking.Pipeline.Quality;
using Personalization.Tracking.Pipeline.Reconciliation;
using Personalization.Tracking.Storage.Quality;

namespace Personalization.Tracking.Endpoints.Quality;

/// <summary>The quality of what comes in: flags, the live view, and the comparison with batch reports.</summary>
internal static class QualityRegistration
{
    private const string FileKey = "quality";

    /// <summary>Registers it. Options are checked when the host starts.</summary>
    public static IServiceCollection AddQuality(this IServiceCollection services, IConfiguration configuration)
    {
        services.AddValidatedOptions<QualityOptions>(configuration, QualityOptions.Section);
        services.AddValidatedOptions<LiveOptions>(configuration, LiveOptions.Section);
        services.AddKeyedSingleton(FileKey, (provider, _) => new SqliteFile(provider.GetRequiredService<DataDirectory>().File("quality"), "Tracking/Storage/Quality"));
        services.AddSingleton(provider => new QualityStore(provider.GetRequiredKeyedService<SqliteFile>(FileKey), provider.GetRequiredService<TimeProvider>()));
        services.AddSingleton(provider => new ReconciliationStore(
            provider.GetRequiredKeyedService<SqliteFile>(FileKey), provider.GetRequiredService<IOptions<QualityOptions>>()));
        services.AddSingleton<IPersonalDataStore>(provider => provider.GetRequiredService<ReconciliationStore>());
        services.AddSingleton<ReconciliationService>();
        services.AddHostedService(provider => provider.GetRequiredService<ReconciliationService>());
        services.AddSingleton(CreateWatch);
        services.AddSingleton<IPersonalDataStore>(provider => provider.GetRequiredService<QualityWatch>());
        services.AddSingleton(provider => new LiveRings(provider.GetRequiredService<IOptions<LiveOptions>>().Value.EventsPerSource));
        services.AddSingleton<IEventObserver, QualityObserver>();
        services.AddSingleton<QualityJudge>();
        services.AddSingleton<QualityEvaluator>();
        services.AddHostedService(provider => provider.GetRequiredService<QualityEvaluator>());
        services.AddSingleton<FlagAnnouncer>();
        services.AddHostedService(provider => provider.GetRequiredService<FlagAnnouncer>());
        services.AddSingleton<LiveHub>();
        services.AddSingleton<LiveReader>();
        services.AddSingleton<LiveTokens>();
        services.AddHostedService<LiveFeed>();
        return services;
    }

    /// <summary>Maps its endpoints.</summary>
    public static IEndpointRouteBuilder MapQuality(this IEndpointRouteBuilder endpoints)
    {
        QualityEndpoints.Map(endpoints);
        LiveEndpoints.Map(endpoints);
        ReconciliationEndpoints.Map(endpoints);
        return endpoints;
    }

    /// <summary>With what was learned before, and before any event can come: a baseline that came later would have missed some.</summary>
    private static QualityWatch CreateWatch(IServiceProvider provider)
    {
        var options = provider.GetRequiredService<IOptions<QualityOptions>>().Value;
        var seed = provider.GetRequiredService<KeyHasher>().Hash(new KeySpace(0x5155414C), "series"u8);
        var watch = new QualityWatch(options, (ulong)seed);
        var store = provider.GetRequiredService<QualityStore>();
        foreach (var saved in store.LoadBaselines())
        {
            watch.Restore(saved);
        }

        watch.Flags.Restore(store.LoadFlags(options.MaxFlags), provider.GetRequiredService<TimeProvider>().GetUtcNow().ToUnixTimeMilliseconds());
        return watch;
    }
}
