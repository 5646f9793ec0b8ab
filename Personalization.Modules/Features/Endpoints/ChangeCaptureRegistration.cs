using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;
using Personalization.Features.Domain;
using Personalization.Features.Domain.ChangeCapture;
using Personalization.Features.Pipeline;
using Personalization.Kernel;
using Personalization.Kernel.Checkpoints;
using Personalization.Kernel.Hashing;

namespace Personalization.Features.Endpoints;

/// <summary>Changes of the shop's own databases.</summary>
internal static class ChangeCaptureRegistration
{
    public static IServiceCollection AddChangeCapture(this IServiceCollection services, IConfiguration configuration)
    {
        services.AddValidatedOptions<ChangeCaptureOptions>(configuration, ChangeCaptureOptions.Section);
        services.AddSingleton<IValidateOptions<ChangeCaptureOptions>, ChangeCaptureOptionsValidator>();

        services.AddSingleton(provider => new CapturedPositions(Options(provider).MaxTables));
        services.AddSingleton<ICheckpointed>(provider => provider.GetRequiredService<CapturedPositions>());
        services.AddSingleton(provider => new ChangeTranslator(
            provider.GetRequiredService<CapturedPositions>(), provider.GetRequiredService<Catalog>(), provider.GetRequiredService<KeyHasher>(), Options(provider)));
        services.AddSingleton<ChangeCaptureMetrics>();
        services.AddSingleton<CapturedChangeWriter>();
        services.AddSingleton<ChangeCaptureEndpoint>();
        return services;
    }

    public static void MapChangeCapture(this IEndpointRouteBuilder endpoints) =>
        endpoints.MapPost("/v1/cdc", (Delegate)endpoints.ServiceProvider.GetRequiredService<ChangeCaptureEndpoint>().HandleAsync).WithName("CaptureChanges");

    private static ChangeCaptureOptions Options(IServiceProvider provider) => provider.GetRequiredService<IOptions<ChangeCaptureOptions>>().Value;
}
