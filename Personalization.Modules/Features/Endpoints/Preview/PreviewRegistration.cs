using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;
using Personalization.Features.Domain.Preview;
using Personalization.Features.Pipeline.Preview;
using Personalization.Kernel;
using Personalization.Kernel.Http;

namespace Personalization.Features.Endpoints.Preview;

/// <summary>Previews of conditions that nobody has saved.</summary>
internal static class PreviewRegistration
{
    public static IServiceCollection AddPreview(this IServiceCollection services, IConfiguration configuration)
    {
        services.AddValidatedOptions<PreviewOptions>(configuration, PreviewOptions.Section);
        services.AddSingleton<IPreviewPopulation, PreviewPopulation>();
        services.AddSingleton(provider => new PreviewTurns(provider.GetRequiredService<IOptions<PreviewOptions>>().Value.AtOnce));
        services.AddSingleton<PreviewScan>();
        services.AddSingleton<PreviewEndpoint>();
        return services;
    }

    public static void MapPreview(this IEndpointRouteBuilder endpoints) =>
        endpoints.MapPost("/v1/segments/preview", (RequestDelegate)endpoints.ServiceProvider.GetRequiredService<PreviewEndpoint>().HandleAsync)
            .RequireServerKey()
            .WithName("PreviewSegment");
}
