using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;
using Personalization.Features.Domain.Definitions;
using Personalization.Features.Domain.Lists;
using Personalization.Features.Domain.Segments;
using Personalization.Features.Endpoints.Definitions;
using Personalization.Features.Pipeline.Lists;
using Personalization.Kernel;
using Personalization.Kernel.Checkpoints;
using Personalization.Kernel.Privacy;
using Personalization.Tracking.Contracts;

namespace Personalization.Features.Endpoints.Lists;

/// <summary>Lists of people: registered in one place, around the segments that ask about them.</summary>
internal static class ListsRegistration
{
    private static readonly DefinitionRoutes Routes = new("/v1/lists", ListDefinitions.KindName, ActivatesAtOnce: true)
    {
        Status = static (services, id) => services.GetRequiredService<PeopleLists>().Get(id) is { } list ? new { members = list.Members.Count } : null,
    };

    /// <summary>Before the segments: what they look at is loaded and kept first.</summary>
    public static IServiceCollection AddLists(this IServiceCollection services, IConfiguration configuration)
    {
        services.AddValidatedOptions<ListOptions>(configuration, ListOptions.Section);
        services.AddSingleton(provider => provider.GetRequiredService<IOptions<ListOptions>>().Value);
        services.AddSingleton<ListImport>();
        services.AddSingleton<PeopleLists>();
        services.AddSingleton<IPeopleLists>(provider => provider.GetRequiredService<PeopleLists>());
        services.AddSingleton<ICheckpointed>(provider => provider.GetRequiredService<PeopleLists>());
        services.AddSingleton<IPersonalDataStore>(provider => provider.GetRequiredService<PeopleLists>());
        services.AddSingleton<ListMetrics>();
        services.AddSingleton<IEventStage, KeepListsStage>();
        return services;
    }

    /// <summary>Behind the segments.</summary>
    public static IServiceCollection AddListsToSegments(this IServiceCollection services)
    {
        services.AddSingleton<IEventStage, AskListSegmentsStage>();
        services.AddSingleton<IDefinitionHandler, ListDefinitions>();
        services.AddSingleton<ListMembersEndpoint>();
        return services;
    }

    public static void MapLists(this IEndpointRouteBuilder endpoints)
    {
        var members = endpoints.ServiceProvider.GetRequiredService<ListMembersEndpoint>();
        var lists = endpoints.MapDefinitions(Routes);
        lists.MapPost("/{id}/members", (Delegate)members.ChangeAsync).WithName("ChangeListMembers");
        lists.MapGet("/{id}/members", members.Members).WithName("ListListMembers");
    }
}
