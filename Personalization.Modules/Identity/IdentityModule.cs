using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;
using Personalization.Identity.Contracts;
using Personalization.Identity.Domain;
using Personalization.Identity.Endpoints;
using Personalization.Identity.Pipeline;
using Personalization.Kernel.Checkpoints;
using Personalization.Kernel.Privacy;
using Personalization.Tracking.Contracts;

namespace Personalization.Identity;

/// <summary>Who it was: identifiers, profiles and merges.</summary>
public static class IdentityModule
{
    /// <summary>Registers the module.</summary>
    public static IServiceCollection AddIdentity(this IServiceCollection services)
    {
        services.AddSingleton<IdentityMap>();
        services.AddSingleton<IProfileDirectory>(provider => provider.GetRequiredService<IdentityMap>());
        services.AddSingleton<IdentityLedger>();
        services.AddSingleton<IPersonDirectory, PersonDirectory>();
        services.AddSingleton<ICheckpointed>(provider => provider.GetRequiredService<IdentityLedger>());
        services.AddSingleton<IPersonalDataStore>(provider => provider.GetRequiredService<IdentityLedger>());

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
    public static IEndpointRouteBuilder MapIdentity(this IEndpointRouteBuilder endpoints) =>
        IdentityChangeEndpoints.Map(ProfileEndpoints.Map(endpoints));
}
