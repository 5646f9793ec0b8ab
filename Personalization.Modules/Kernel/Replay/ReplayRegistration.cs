using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Personalization.Kernel.Checkpoints;
using Personalization.Kernel.Log;
using Personalization.Kernel.Privacy;

namespace Personalization.Kernel.Replay;

/// <summary>A replay beside the running instance, and its comparison with it.</summary>
internal static class ReplayRegistration
{
    public static void AddReplay(this IServiceCollection services)
    {
        services.TryAddSingleton(new ReplayServices(services));
        services.AddReplayedPart<ICheckpointed>();
        services.AddReplayedPart<ILogEntryHandler>();
        services.AddSingleton<IParityCheck, ParityCheck>();
        services.AddSingleton<IPersonalDataStore, ReplayBaseErasure>();
    }

    /// <summary>Parts of the path are had once for each replay.</summary>
    public static void AddReplayedPart<TService>(this IServiceCollection services) => services.AddSingleton(new ReplayedPart(typeof(TService)));

    /// <summary>In a replay nobody gets this service, or another one in its place.</summary>
    public static void ReplaceInReplay<TService>(this IServiceCollection services, Func<IServiceProvider, TService>? create = null)
        where TService : class => services.AddSingleton(new ReplayReplacement(typeof(TService), create));
}
