using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;
using Personalization.Features.Contracts;
using Personalization.Features.Domain.Conditions;
using Personalization.Features.Domain.History;
using Personalization.Features.Domain.Traits;
using Personalization.Features.Endpoints.Conditions;
using Personalization.Kernel.Http;

namespace Personalization.Features.Endpoints;

/// <summary>Registers what reads and asks conditions, and the endpoints about their language.</summary>
internal static class ConditionsRegistration
{
    public static void AddConditions(this IServiceCollection services)
    {
        services.AddSingleton<IConditionCompiler>(provider => new ConditionCompiler(
            provider.GetRequiredService<IEventNames>(),
            provider.GetRequiredService<IKeptProperties>(),
            provider.GetRequiredService<ITraitReader>(),
            provider.GetRequiredService<ICatalog>(),
            provider.GetRequiredService<IOptions<FeaturesOptions>>()));
        services.AddSingleton<IConditions, ShopperConditions>();
    }

    public static void MapConditions(this IEndpointRouteBuilder endpoints)
    {
        var conditions = endpoints.MapGroup("/v1/segments").RequireServerKey();
        conditions.MapGet("schema", (Delegate)ConditionSchemaEndpoint.Handle).WithName("GetConditionSchema");
        conditions.MapPost("convert", (RequestDelegate)ConvertConditionEndpoint.HandleAsync).WithName("ConvertCondition");
    }
}
