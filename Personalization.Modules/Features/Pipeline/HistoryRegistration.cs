using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;
using Personalization.Features.Contracts;
using Personalization.Features.Domain.History;
using Personalization.Features.Domain.Traits;
using Personalization.Kernel;
using Personalization.Kernel.Checkpoints;
using Personalization.Kernel.Privacy;
using Personalization.Tracking.Contracts;

namespace Personalization.Features.Pipeline;

/// <summary>What people did lately: registered in one place.</summary>
internal static class HistoryRegistration
{
    /// <summary>After the stage that knows the sessions, before whatever looks at the history.</summary>
    public static IServiceCollection AddHistory(this IServiceCollection services, IConfiguration configuration)
    {
        services.AddValidatedOptions<HistoryOptions>(configuration, HistoryOptions.Section);
        services.AddSingleton(provider => provider.GetRequiredService<IOptions<HistoryOptions>>().Value);
        services.AddSingleton<EventNames>();
        services.AddSingleton<IEventNames>(provider => provider.GetRequiredService<EventNames>());
        services.AddSingleton<ICheckpointed>(provider => provider.GetRequiredService<EventNames>());
        services.AddSingleton<KeptProperties>();
        services.AddSingleton<IKeptProperties>(provider => provider.GetRequiredService<KeptProperties>());
        services.AddSingleton<ICheckpointed>(provider => provider.GetRequiredService<KeptProperties>());
        services.AddSingleton<ProfileHistory>();
        services.AddSingleton<IProfileHistory>(provider => provider.GetRequiredService<ProfileHistory>());
        services.AddSingleton<IPastEvents, PastEvents>();
        services.AddSingleton<ICheckpointed>(provider => provider.GetRequiredService<ProfileHistory>());
        services.AddSingleton<IPersonalDataStore>(provider => provider.GetRequiredService<ProfileHistory>());
        services.AddSingleton<HistoryJson>();
        services.AddSingleton<ISequencerStep, ResolveEventNameStep>();
        services.AddSingleton<IEventStage, KeepHistoryStage>();
        return services.AddTraits(configuration);
    }

    private static IServiceCollection AddTraits(this IServiceCollection services, IConfiguration configuration)
    {
        services.AddValidatedOptions<TraitOptions>(configuration, TraitOptions.Section);
        services.AddSingleton(provider => provider.GetRequiredService<IOptions<TraitOptions>>().Value);
        services.AddSingleton<TraitRules>();
        services.AddSingleton<TraitNames>();
        services.AddSingleton<ICheckpointed>(provider => provider.GetRequiredService<TraitNames>());
        services.AddSingleton<TraitImport>();
        services.AddSingleton<ProfileTraits>();
        services.AddSingleton<ITraitReader>(provider => provider.GetRequiredService<ProfileTraits>());
        services.AddSingleton<ICheckpointed>(provider => provider.GetRequiredService<ProfileTraits>());
        services.AddSingleton<IPersonalDataStore>(provider => provider.GetRequiredService<ProfileTraits>());
        services.AddSingleton<ISequencerStep, ResolveTraitsStep>();
        services.AddSingleton<IEventStage, KeepTraitsStage>();
        return services;
    }
}
