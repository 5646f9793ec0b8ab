using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using Personalization.Consent.Contracts;
using Personalization.Decisioning.Contracts.Governance;
using Personalization.Decisioning.Domain.Governance;
using Personalization.Decisioning.Pipeline.Governance;
using Personalization.Decisioning.Storage.Governance;
using Personalization.Kernel;
using Personalization.Kernel.Audit;
using Personalization.Kernel.Privacy;
using Personalization.Kernel.Sqlite;

namespace Personalization.Decisioning.Endpoints.Governance;

/// <summary>The registry of policies, sign-off by a second person, kill switches and what is published about a ranking.</summary>
internal static class GovernanceRegistration
{
    /// <summary>Registers it. Options are checked when the host starts.</summary>
    public static IServiceCollection AddGovernance(this IServiceCollection services, IConfiguration configuration)
    {
        services.AddValidatedOptions<GovernanceOptions>(configuration, GovernanceOptions.Section);
        services.AddSingleton<IValidateOptions<GovernanceOptions>, GovernanceOptionsValidator>();
        services.AddKeyedSingleton(PolicyStore.FileName, (provider, _) => new SqliteFile(
            provider.GetRequiredService<DataDirectory>().File(PolicyStore.FileName), PolicyStore.Migrations));
        services.AddSingleton<IPolicyStore>(provider => new PolicyStore(FileOf(provider)));
        services.AddSingleton<IKillSwitchStore>(provider => new KillSwitchStore(FileOf(provider)));
        services.AddSingleton<IChangeStore>(provider => new ChangeStore(FileOf(provider)));
        services.AddSingleton(provider => new PolicyRegistry(
            provider.GetRequiredService<IPolicyStore>(), OptionsOf(provider), provider.GetRequiredService<TimeProvider>()));
        services.AddSingleton(provider => new KillSwitches(
            provider.GetRequiredService<IKillSwitchStore>(),
            provider.GetRequiredService<PolicyRegistry>(),
            [.. provider.GetRequiredService<IOptions<DecisioningOptions>>().Value.Placements.Keys],
            OptionsOf(provider),
            provider.GetRequiredService<TimeProvider>()));
        services.AddSingleton(provider => new RunningDeciders(provider.GetRequiredService<IOptions<DecisioningOptions>>().Value));
        services.AddSingleton<IChangeKind>(provider => new ReleaseKillSwitch(
            provider.GetRequiredService<KillSwitches>(), provider.GetRequiredService<PolicyRegistry>(), OptionsOf(provider)));
        services.AddSingleton<IChangeKind>(provider => new ActivatePolicy(provider.GetRequiredService<PolicyRegistry>(), OptionsOf(provider)));
        services.AddSingleton(provider => new Approvals(
            provider.GetRequiredService<IChangeStore>(),
            provider.GetServices<IChangeKind>(),
            OptionsOf(provider),
            provider.GetRequiredService<TimeProvider>(),
            provider.GetRequiredService<ILogger<Approvals>>(),
            provider.GetRequiredService<IAuditLog>()));
        services.AddSingleton<IApprovals>(provider => provider.GetRequiredService<Approvals>());
        services.AddHostedService<ResumeChanges>();
        services.AddOptions<ProcessingRecordOptions>().Bind(configuration.GetSection(ProcessingRecordOptions.Section));
        services.AddSingleton(provider => new ProcessingRecorder(
            provider.GetRequiredService<PolicyRegistry>(),
            provider.GetRequiredService<RunningDeciders>(),
            provider.GetServices<IPersonalDataStore>(),
            provider.GetServices<RetentionRule>(),
            provider.GetRequiredService<IResidency>(),
            provider.GetRequiredService<IOptions<ProcessingRecordOptions>>().Value,
            provider.GetRequiredService<TimeProvider>()));
        services.AddSingleton(new RetentionRule("governance.db", "Policies, their versions, changes and kill switches; no shopper's data"));
        return services;
    }

    /// <summary>Maps its endpoints.</summary>
    public static IEndpointRouteBuilder MapGovernance(this IEndpointRouteBuilder endpoints)
    {
        PolicyEndpoints.Map(endpoints);
        ChangeEndpoints.Map(endpoints);
        KillSwitchEndpoints.Map(endpoints);
        MainParametersEndpoint.Map(endpoints);
        ProcessingRecordEndpoint.Map(endpoints);
        return endpoints;
    }

    private static GovernanceOptions OptionsOf(IServiceProvider provider) => provider.GetRequiredService<IOptions<GovernanceOptions>>().Value;

    private static SqliteFile FileOf(IServiceProvider provider) => provider.GetRequiredKeyedService<SqliteFile>(PolicyStore.FileName);
}
