using Microsoft.Extensions.DependencyInjection;
using Personalization.Features.Domain.Expiry;
using Personalization.Kernel.Checkpoints;
using Personalization.Kernel.Privacy;
using Personalization.Tracking.Contracts;

namespace Personalization.Features.Pipeline.Expiry;

/// <summary>What is kept of profiles for a time only. Registered behind segments and triggers, which ask as of a time.</summary>
internal static class ExpiryRegistration
{
    public static IServiceCollection AddExpiry(this IServiceCollection services)
    {
        services.AddSingleton<ProfileExpiry>();
        services.AddSingleton<ICheckpointed>(provider => provider.GetRequiredService<ProfileExpiry>());
        services.AddSingleton<IPersonalDataStore>(provider => provider.GetRequiredService<ProfileExpiry>());
        services.AddSingleton<IEventStage, FreeExpiredStage>();
        return services;
    }
}
