using Microsoft.Extensions.DependencyInjection;
using Personalization.Kernel.Checkpoints;
using Personalization.Kernel.Privacy;
using Personalization.Tracking.Contracts;
using Personalization.Tracking.Domain.Privacy;

namespace Personalization.Tracking.Pipeline.Privacy;

/// <summary>Keeps suppressed people out, and finds what of a person no history tells of.</summary>
internal static class PrivacyRegistration
{
    /// <summary>Before every other step is registered: what is dropped here leaves no trace in them.</summary>
    public static void AddSuppression(this IServiceCollection services)
    {
        services.AddSingleton<IDoorRule, SuppressionRule>();
        services.AddSingleton<ISequencerStep, DropSuppressedStep>();
        services.AddSingleton<ILogIdentifiers, EventIdentifiers>();

        services.AddSingleton<StrayEvents>();
        services.AddSingleton<IEventObserver>(provider => provider.GetRequiredService<StrayEvents>());
        services.AddSingleton<ICheckpointed>(provider => provider.GetRequiredService<StrayEvents>());
        services.AddSingleton<IPersonalDataStore>(provider => provider.GetRequiredService<StrayEvents>());
        services.AddSingleton<IErasureTraces>(provider => provider.GetRequiredService<StrayEvents>());
    }
}
