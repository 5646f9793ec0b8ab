using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;
using Personalization.Consent.Contracts;
using Personalization.Decisioning.Domain;
using Personalization.Decisioning.Domain.Life;
using Personalization.Decisioning.Pipeline.Life;
using Personalization.Decisioning.Storage.Life;
using Personalization.Kernel;
using Personalization.Kernel.Privacy;
using Personalization.Kernel.Sqlite;

namespace Personalization.Decisioning.Endpoints.Life;

/// <summary>The life of models: versions, gates, shadows, rollbacks, drift.</summary>
internal static class ModelLifeRegistration
{
    public static IServiceCollection AddModelLife(this IServiceCollection services, IConfiguration configuration)
    {
        services.AddValidatedOptions<ModelLifeOptions>(configuration, ModelLifeOptions.Section);
        services.AddSingleton<ErasedProfiles>();
        services.AddSingleton<IPersonalDataStore>(provider => provider.GetRequiredService<ErasedProfiles>());
        services.AddSingleton(provider =>
        {
            var options = provider.GetRequiredService<IOptions<DecisioningOptions>>().Value;
            return new NeighbourVersions(
                provider.GetRequiredService<LearnedModels>(),
                new NeighbourWeights { SessionsPerItem = options.SessionsPerItem, Neighbours = options.Neighbours },
                provider.GetRequiredService<IConsent>(),
                provider.GetRequiredService<ErasedProfiles>(),
                provider.GetRequiredService<TimeProvider>());
        });
        services.AddSingleton<IVersionedModel>(provider => provider.GetRequiredService<NeighbourVersions>());
        services.AddSingleton<IModelVersionStore>(provider => new ModelVersionStore(provider.GetRequiredService<DataDirectory>().File("model_versions")));
        services.AddSingleton(provider => new ModelRegistry(
            provider.GetServices<IVersionedModel>(),
            provider.GetRequiredService<IModelVersionStore>(),
            provider.GetRequiredService<IOptions<ModelLifeOptions>>().Value,
            provider.GetRequiredService<TimeProvider>()));
        services.AddSingleton<ITriesVersions>(provider => provider.GetRequiredService<ModelRegistry>());
        services.AddSingleton<ICanaryCounts, CanaryCounts>();
        services.AddSingleton<CheckSlot>();
        services.AddSingleton<ModelWatch>();
        services.AddHostedService(provider => provider.GetRequiredService<ModelWatch>());
        return services;
    }

    public static IEndpointRouteBuilder MapModelLife(this IEndpointRouteBuilder endpoints)
    {
        ModelVersionEndpoints.Map(endpoints);
        return endpoints;
    }
}
