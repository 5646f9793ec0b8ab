using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Personalization.Identity.Contracts;
using Personalization.Identity.Domain;
using Personalization.Identity.Endpoints;
using Personalization.Identity.Pipeline;
using Personalization.Kernel.Checkpoints;
using Personalization.Kernel.Privacy;
using Personalization.Kernel.Replay;
using Personalization.Tracking.Contracts;

namespace Personalization.Identity;

/// <summary>Who it was: identifiers, profiles and merges.</summary>
public static class IdentityModule
{
    /// <summary>Registers the module. Options are checked when the host starts.</summary>
    public static IServiceCollection AddIdentity(this IServiceCollection services, IConfiguration configuration)
    {
        services.AddIdentityGraph(configuration);
        services.AddSingleton<IPersonDirectory, PersonDirectory>();
        services.AddSingleton<IJoinedProfiles, JoinedProfiles>();

        services.AddSingleton<MergeAnnouncer>();
        services.AddHostedService(provider => provider.GetRequiredService<MergeAnnouncer>());
        services.AddSingleton<ISequencerStep, ResolveProfileStep>();

        services.AddSingleton<ProfileTimeline>();
        services.AddSingleton<IProfileTimeline>(provider => provider.GetRequiredService<ProfileTimeline>());
        services.AddSingleton<ISequencerStep>(provider => provider.GetRequiredService<ProfileTimeline>());
        services.AddSingleton<ICheckpointed>(provider => provider.GetRequiredService<ProfileTimeline>());
        services.AddSingleton<IPersonalDataStore>(provider => provider.GetRequiredService<ProfileTimeline>());
        services.AddIdentityChanges();
        return services;
    }

    /// <summary>Maps the module's endpoints.</summary>
    public static IEndpointRouteBuilder MapIdentity(this IEndpointRouteBuilder endpoints)
    {
        IdentityChangeEndpoints.Map(ProfileEndpoints.Map(endpoints));
        return endpoints.MapIdentityGraph();
    }
}
