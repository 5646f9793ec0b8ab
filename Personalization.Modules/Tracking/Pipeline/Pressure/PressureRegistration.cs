using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;
using Personalization.Kernel;
using Personalization.Kernel.Log;
using Personalization.Kernel.Privacy;
using Personalization.Tracking.Domain.Pressure;

namespace Personalization.Tracking.Pipeline.Pressure;

/// <summary>What watches the load and sheds it.</summary>
internal static class PressureRegistration
{
    private const int LargeBodiesACore = 2;

    public static IServiceCollection AddPressure(this IServiceCollection services, IConfiguration configuration)
    {
        services.AddValidatedOptions<PressureOptions>(configuration, PressureOptions.Section);
        services.AddSingleton<IValidateOptions<PressureOptions>, PressureOptionsValidator>();

        services.AddSingleton<SourceFlows>();
        services.AddSingleton<HotKeys>();
        services.AddSingleton<PressureMetrics>();
        services.AddSingleton<AdmissionGate>();
        services.AddSingleton(CreateTurns);
        services.AddSingleton(CreatePacer);
        services.AddSingleton<ThreadProbe>();
        services.AddSingleton<ProfileHeat>();
        services.AddSingleton<IEventObserver>(provider => provider.GetRequiredService<ProfileHeat>());
        services.AddSingleton<IPersonalDataStore>(provider => provider.GetRequiredService<ProfileHeat>());
        services.AddSingleton<PressureSensors>();
        services.AddSingleton<PressureWatch>();
        services.AddHostedService(provider => provider.GetRequiredService<PressureWatch>());
        return services;
    }

    private static RefusalPacer CreatePacer(IServiceProvider provider)
    {
        var options = provider.GetRequiredService<IOptions<PressureOptions>>().Value;
        return new RefusalPacer(options.RefusalHoldMs, options.HeldRefusals, provider.GetRequiredService<TimeProvider>());
    }

    private static LargeBodyTurns CreateTurns(IServiceProvider provider)
    {
        var options = provider.GetRequiredService<IOptions<PressureOptions>>().Value;
        var atATime = options.LargeBodies > 0 ? options.LargeBodies : LargeBodiesACore * Environment.ProcessorCount;
        return new LargeBodyTurns(
            options.LargeBodyBytes,
            atATime,
            options.WaitingLargeBodies,
            provider.GetRequiredService<IOptions<LogOptions>>().Value.LaneBytes,
            provider.GetRequiredService<TimeProvider>());
    }
}
