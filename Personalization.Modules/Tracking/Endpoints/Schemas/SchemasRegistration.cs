using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;
using Personalization.Kernel;
using Personalization.Kernel.Sqlite;
using Personalization.Tracking.Domain;
using Personalization.Tracking.Domain.Schemas.Registry;
using Personalization.Tracking.Pipeline;
using Personalization.Tracking.Storage.Schemas;

namespace Personalization.Tracking.Endpoints.Schemas;

/// <summary>Registers the schema registry as one part of the module.</summary>
internal static class SchemasRegistration
{
    public static IServiceCollection AddSchemas(this IServiceCollection services, IConfiguration configuration)
    {
        services.AddValidatedOptions<SchemaOptions>(configuration, SchemaOptions.Section);
        services.AddSingleton<ISchemaStore>(provider => new SchemaStore(provider.GetRequiredService<DataDirectory>().File("schemas")));
        services.AddSingleton(provider => new SchemaRegistry(
            provider.GetRequiredService<ISchemaStore>(),
            provider.GetRequiredService<IOptions<SchemaOptions>>().Value,
            provider.GetRequiredService<TimeProvider>()));
        services.AddSingleton<SchemaMetrics>();
        services.AddSingleton<IEventCheck, SchemaCheck>();
        return services;
    }

    public static IEndpointRouteBuilder MapSchemas(this IEndpointRouteBuilder endpoints)
    {
        SchemaEndpoints.Map(endpoints);
        return endpoints;
    }
}
