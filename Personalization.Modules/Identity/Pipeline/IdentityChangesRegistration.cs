using Microsoft.Extensions.DependencyInjection;
using Personalization.Identity.Domain;
using Personalization.Identity.Endpoints;
using Personalization.Kernel.Checkpoints;
using Personalization.Kernel.Log;
using Personalization.Kernel.Privacy;
using Personalization.Tracking.Contracts;

namespace Personalization.Identity.Pipeline;

/// <summary>Merges, unmerges and splits at an administrator's word.</summary>
internal static class IdentityChangesRegistration
{
    public static IServiceCollection AddIdentityChanges(this IServiceCollection services)
    {
        services.AddSingleton<MergeHistory>();
        services.AddSingleton<ICheckpointed>(provider => provider.GetRequiredService<MergeHistory>());
        services.AddSingleton<DuplicateCopies>();
        services.AddSingleton<ISequencerStep>(provider => provider.GetRequiredService<DuplicateCopies>());
        services.AddSingleton<ICheckpointed>(provider => provider.GetRequiredService<DuplicateCopies>());
        services.AddSingleton<IPersonalDataStore>(provider => provider.GetRequiredService<DuplicateCopies>());
        services.AddSingleton<IdentityChanges>();
        services.AddSingleton<ILogEntryHandler, IdentityChangeHandler>();
        services.AddSingleton<ILogIdentifiers, IdentityChangeIdentifiers>();
        services.AddSingleton<IdentityChangeWriter>();
        return services;
    }
}
