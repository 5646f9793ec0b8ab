using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Personalization.Decisioning.Pipeline.Models;
using Personalization.Kernel;
using Personalization.Kernel.Checkpoints;
using Personalization.Kernel.Privacy;

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
        services.AddSingleton<ModelTraining>();
        services.AddHostedService(provider => provider.GetRequiredService<ModelTraining>());
        return services;
    }

    public static IEndpointRouteBuilder MapModelTraining(this IEndpointRouteBuilder endpoints)
    {
        LearnedModelEndpoints.Map(endpoints);
        return endpoints;
    }
}
