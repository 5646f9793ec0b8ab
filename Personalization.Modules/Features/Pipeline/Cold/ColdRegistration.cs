using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;
using Personalization.Features.Contracts;
using Personalization.Features.Domain;
using Personalization.Features.Domain.Cold;
using Personalization.Features.Domain.Declared;
using Personalization.Features.Domain.History;
using Personalization.Features.Domain.Traits;
using Personalization.Kernel;
using Personalization.Kernel.Checkpoints;

namespace Personalization.Features.Pipeline.Cold;

/// <summary>Profiles that need not be in memory. Registered before the states that it takes them out of.</summary>
internal static class ColdRegistration
{
    /// <summary>States that share the ceiling.</summary>
    private const int States = 4;

    public static IServiceCollection AddColdProfiles(this IServiceCollection services, IConfiguration configuration)
    {
        services.AddValidatedOptions<MemoryOptions>(configuration, MemoryOptions.Section);
        services.AddSingleton(provider => new MemoryBudget(provider.GetRequiredService<IOptions<MemoryOptions>>().Value, States));
        services.AddSingleton<IColdState>(provider => provider.GetRequiredService<ProfileFeatureStore>());
        services.AddSingleton<IColdState>(provider => provider.GetRequiredService<ProfileHistory>());
        services.AddSingleton<IColdState>(provider => provider.GetRequiredService<ProfileTraits>());
        services.AddSingleton<IColdState>(provider => provider.GetRequiredService<FeatureStates>());
        services.AddSingleton(provider => new ColdProfiles(provider.GetServices<IColdState>));
        services.AddSingleton(provider => new MemoryCeiling(provider.GetRequiredService<MemoryBudget>(), provider.GetServices<IColdState>));
        services.AddSingleton<ICheckpointed>(provider => provider.GetRequiredService<MemoryCeiling>());
        services.AddSingleton<ProfileWarmer>();
        services.AddSingleton<IColdProfiles>(provider => provider.GetRequiredService<ProfileWarmer>());
        services.AddHostedService(provider => provider.GetRequiredService<ProfileWarmer>());
        services.AddSingleton<CeilingKeeper>();
        services.AddHostedService(provider => provider.GetRequiredService<CeilingKeeper>());
        services.AddSingleton<ColdMetrics>();
        return services;
    }
}
