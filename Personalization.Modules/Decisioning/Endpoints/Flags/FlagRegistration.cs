using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Personalization.Decisioning.Domain.Experiments;
using Personalization.Decisioning.Pipeline;
using Personalization.Decisioning.Storage.Flags;
using Personalization.Kernel;
using Personalization.Kernel.Sqlite;

namespace Personalization.Decisioning.Endpoints.Flags;

/// <summary>Feature flags, experiments and their evaluation.</summary>
internal static class FlagRegistration
{
    public static IServiceCollection AddFlags(this IServiceCollection services, IConfiguration configuration)
    {
        services.AddValidatedOptions<FlagOptions>(configuration, FlagOptions.Section);
        services.AddSingleton<IFlagStore>(provider => new FlagStore(provider.GetRequiredService<DataDirectory>().File("flags")));
        services.AddSingleton<FlagRegistry>();
        services.AddSingleton<ExposureWriter>();
        services.AddHostedService(provider => provider.GetRequiredService<ExposureWriter>());
        services.AddSingleton<OfrepEndpoints>();
        services.AddSingleton<ExperimentAnalysis>();
        return services;
    }

    public static IEndpointRouteBuilder MapFlags(this IEndpointRouteBuilder endpoints)
    {
        FlagEndpoints.Map(endpoints);
        OfrepEndpoints.Map(endpoints);
        ExperimentResultsEndpoint.Map(endpoints);
        return endpoints;
    }
}
