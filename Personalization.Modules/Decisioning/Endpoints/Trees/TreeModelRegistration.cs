using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;
using Personalization.Decisioning.Domain.Trees;
using Personalization.Decisioning.Storage.Trees;
using Personalization.Kernel.Sqlite;

namespace Personalization.Decisioning.Endpoints.Trees;

/// <summary>Models that were trained elsewhere.</summary>
internal static class TreeModelRegistration
{
    public static IServiceCollection AddTreeModels(this IServiceCollection services)
    {
        services.AddSingleton<ITreeModelStore>(provider => new TreeModelStore(provider.GetRequiredService<DataDirectory>().File("models")));
        services.AddSingleton<TreeModels>();
        return services;
    }

    public static IEndpointRouteBuilder MapTreeModels(this IEndpointRouteBuilder endpoints)
    {
        TreeModelEndpoints.Map(endpoints);
        return endpoints;
    }
}
