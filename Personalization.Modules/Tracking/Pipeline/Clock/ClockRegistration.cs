using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Personalization.Kernel;
using Personalization.Kernel.Checkpoints;
using Personalization.Kernel.Log;
using Personalization.Tracking.Contracts;
using Personalization.Tracking.Domain.Clock;

namespace Personalization.Tracking.Pipeline.Clock;

/// <summary>The time that stands in the log.</summary>
internal static class ClockRegistration
{
    public static IServiceCollection AddLogClock(this IServiceCollection services, IConfiguration configuration)
    {
        services.AddValidatedOptions<ClockOptions>(configuration, ClockOptions.Section);
        services.AddSingleton<LogClock>();
        services.AddSingleton<ILogClock>(provider => provider.GetRequiredService<LogClock>());
        services.AddSingleton<ICheckpointed>(provider => provider.GetRequiredService<LogClock>());
        services.AddSingleton<ClockMetrics>();
        services.AddSingleton<ILogEntryHandler, ClockHandler>();
        services.AddSingleton<ClockTicker>();
        services.AddHostedService(provider => provider.GetRequiredService<ClockTicker>());
        return services;
    }
}
