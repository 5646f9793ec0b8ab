using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Personalization.Features.Pipeline.Parity;
using Personalization.Kernel;

namespace Personalization.Features.Endpoints.Parity;

/// <summary>Comparison of what is known with what the log says.</summary>
internal static class ParityRegistration
{
    public static IServiceCollection AddParity(this IServiceCollection services, IConfiguration configuration)
    {
        services.AddValidatedOptions<ParityOptions>(configuration, ParityOptions.Section);
        services.AddSingleton<ParityService>();
        services.AddHostedService(provider => provider.GetRequiredService<ParityService>());
        return services;
    }

    public static IEndpointRouteBuilder MapParity(this IEndpointRouteBuilder endpoints)
    {
        ParityEndpoints.Map(endpoints);
        return endpoints;
    }
}
