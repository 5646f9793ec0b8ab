using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Personalization.Features.Contracts;
using Personalization.Features.Pipeline.Parity;
using Personalization.Features.Pipeline.Training;
using Personalization.Kernel;

namespace Personalization.Features.Endpoints.Parity;

/// <summary>Comparison of what is known with what the log says.</summary>
internal static class ParityRegistration
{
    /// <summary>Before every stage of the module is registered.</summary>
    public static IServiceCollection AddParity(this IServiceCollection services, IConfiguration configuration)
    {
        services.AddSingleton<FeaturesBegin>();
        services.AddValidatedOptions<ParityOptions>(configuration, ParityOptions.Section);
        services.AddSingleton<ParityService>();
        services.AddHostedService(provider => provider.GetRequiredService<ParityService>());
        services.AddSingleton<ITrainingExport, TrainingExport>();
        return services;
    }

    public static IEndpointRouteBuilder MapParity(this IEndpointRouteBuilder endpoints)
    {
        ParityEndpoints.Map(endpoints);
        return endpoints;
    }
}
