using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using Personalization.Consent.Contracts;
using Personalization.Decisioning.Domain;
using Personalization.Decisioning.Domain.Life;
using Personalization.Decisioning.Domain.Models.Kept;
using Personalization.Decisioning.Pipeline.Models;
using Personalization.Decisioning.Storage.Models;
using Personalization.Kernel;
using Personalization.Kernel.Checkpoints;
using Personalization.Kernel.Hashing;
using Personalization.Kernel.Privacy;
using Personalization.Kernel.Sqlite;

namespace Personalization.Decisioning.Endpoints.Models;

/// <summary>Models that are trained here, in the background.</summary>
internal static class ModelRegistration
{
    public static IServiceCollection AddModelTraining(this IServiceCollection services, IConfiguration configuration)
    {
        services.AddValidatedOptions<ModelTrainingOptions>(configuration, ModelTrainingOptions.Section);
        services.AddSingleton<PurchaseState>();
        services.AddSingleton<ICheckpointed>(provider => provider.GetRequiredService<PurchaseState>());
        services.AddSingleton<IPersonalDataStore>(provider => provider.GetRequiredService<PurchaseState>());
        services.AddSingleton<ITrainedModelStore>(provider => new TrainedModelStore(provider.GetRequiredService<DataDirectory>().File("trained_models")));
        services.AddSingleton(provider => new TrainedVersions(
            provider.GetRequiredService<LearnedModels>().Trained,
            provider.GetRequiredService<ITrainedModelStore>(),
            provider.GetRequiredService<ErasedProfiles>(),
            provider.GetRequiredService<KeyHasher>().DeriveKey("trained models"),
            LifeOf(provider.GetRequiredService<IOptions<ModelTrainingOptions>>().Value, provider.GetRequiredService<IOptions<ModelLifeOptions>>().Value),
            provider.GetRequiredService<TimeProvider>(),
            provider.GetRequiredService<ILogger<TrainedVersions>>()));
        services.AddSingleton<IPersonalDataStore>(provider => provider.GetRequiredService<TrainedVersions>());
        services.AddSingleton<ITriesVersions>(provider => provider.GetRequiredService<TrainedVersions>());
        services.AddSingleton(provider => new TrainedGates(
            provider.GetRequiredService<LearnedModels>(),
            provider.GetRequiredService<IConsent>(),
            provider.GetRequiredService<ErasedProfiles>(),
            provider.GetRequiredService<TrainedVersions>(),
            provider.GetRequiredService<IOptions<ModelLifeOptions>>().Value,
            provider.GetRequiredService<TimeProvider>()));
        services.AddSingleton<ModelTraining>();
        services.AddHostedService(provider => provider.GetRequiredService<ModelTraining>());
        return services;
    }

    private static TrainedLife LifeOf(ModelTrainingOptions training, ModelLifeOptions life) => new(
        training.KeptBefore, life.CanaryWaitMs, training.CanaryShare == 0 ? null : new CanaryRule(Share: training.CanaryShare, Answers: training.CanaryAnswers));

    public static IEndpointRouteBuilder MapModelTraining(this IEndpointRouteBuilder endpoints)
    {
        LearnedModelEndpoints.Map(endpoints);
        return endpoints;
    }
}
