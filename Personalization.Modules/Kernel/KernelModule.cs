using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using Personalization.Kernel.Audit;
using Personalization.Kernel.Checkpoints;
using Personalization.Kernel.Hashing;
using Personalization.Kernel.Http;
using Personalization.Kernel.Log;
using Personalization.Kernel.Pipelines;
using Personalization.Kernel.Privacy;
using Personalization.Kernel.Replay;
using Personalization.Kernel.Sqlite;
using Personalization.Kernel.Sqlite.Backup;

namespace Personalization.Kernel;

/// <summary>What all modules stand on: the log, the sequencer, checkpoints.</summary>
public static class KernelModule
{
    /// <summary>Registers the kernel. Options are checked when the host starts.</summary>
    /// <param name="services">The host's services.</param>
    /// <param name="configuration">The <c>Personalization</c> section.</param>
    public static IServiceCollection AddKernel(this IServiceCollection services, IConfiguration configuration)
    {
        services.AddValidatedOptions<LogOptions>(configuration, LogOptions.Section);
        services.TryAddSingleton(TimeProvider.System);
        services.AddSingleton(provider => InstallationLock.Take(new DataDirectory(configuration).Path, provider.GetRequiredService<ILogger<InstallationLock>>()));
        services.AddSingleton(provider =>
        {
            // Before anything opens a file, so it also goes behind the last that closes one.
            provider.GetRequiredService<InstallationLock>();
            return new DataDirectory(configuration);
        });
        services.AddSingleton(new ServerKeys(configuration));
        services.AddAudit(configuration);
        services.AddValidatedOptions<CrossOriginOptions>(configuration, CrossOriginOptions.Section);
        services.AddSingleton<CrossOrigin>();

        services.AddSingleton(provider => new LogStore(provider.GetRequiredService<DataDirectory>().File("log")));
        services.AddSingleton(provider => new KeyHasher(provider.GetRequiredService<LogStore>().Secret));
        services.AddSingleton(provider => new LogTail(provider.GetRequiredService<IOptions<LogOptions>>().Value.TailEntries));
        services.AddSingleton(provider => new AdmissionLanes(
            provider.GetRequiredService<IOptions<LogOptions>>().Value, provider.GetRequiredService<TimeProvider>()));
        services.AddSingleton<LogLoad>();
        services.AddSingleton<LogReplay>();
        services.AddSingleton<LogMaintenance>();
        services.AddSingleton<LogWriter>();
        services.AddSingleton<IEventLog, EventLog>();

        services.AddSingleton<LogRewriter>();

        services.AddReplay();
        services.AddPrivacy(configuration);
        services.AddBackup(configuration);
        services.AddSingleton<ISubjectAccess, SubjectAccess>();
        services.AddSingleton<CheckpointCoordinator>();
        services.AddSingleton<PipelinePosition>();
        services.AddSingleton<ForegroundWork>();
        services.AddSingleton<Sequencer>();
        services.AddSingleton<IPipelineStatus, PipelineStatus>();
        services.AddHostedService(provider => provider.GetRequiredService<LogMaintenance>());
        services.AddHostedService(provider => provider.GetRequiredService<Sequencer>());
        return services;
    }

    /// <summary>Maps the kernel's endpoints.</summary>
    public static IEndpointRouteBuilder MapKernel(this IEndpointRouteBuilder endpoints)
    {
        PrivacyEndpoints.Map(endpoints);
        BackupEndpoints.Map(endpoints);
        return endpoints;
    }

    /// <summary>Binds a section, for every module alike. Annotations, and every validator that is registered, are checked when the host starts.</summary>
    internal static IServiceCollection AddValidatedOptions<TOptions>(this IServiceCollection services, IConfiguration configuration, string section)
        where TOptions : class
    {
        services.AddOptions<TOptions>().Bind(configuration.GetSection(section)).ValidateDataAnnotations().ValidateOnStart();
        return services;
    }
}
