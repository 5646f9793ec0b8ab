using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;
using Personalization.Consent.Contracts;
using Personalization.Decisioning.Domain;
using Personalization.Decisioning.Domain.Experiments.Running;
using Personalization.Decisioning.Domain.Life;
using Personalization.Decisioning.Domain.Steps;
using Personalization.Decisioning.Pipeline;
using Personalization.Decisioning.Pipeline.Experiments;
using Personalization.Decisioning.Storage.Assignments;
using Personalization.Decisioning.Storage.Experiments;
using Personalization.Features.Contracts;
using Personalization.Kernel;
using Personalization.Kernel.Privacy;
using Personalization.Kernel.Sqlite;

namespace Personalization.Decisioning.Endpoints.Experiments;

/// <summary>Experiments with what placements do.</summary>
internal static class ExperimentRegistration
{
    public static IServiceCollection AddExperiments(this IServiceCollection services, IConfiguration configuration)
    {
        services.AddValidatedOptions<ExperimentOptions>(configuration, ExperimentOptions.Section);
        services.AddSingleton<IExperimentStore>(provider => new ExperimentStore(provider.GetRequiredService<DataDirectory>().File("experiments")));
        services.AddSingleton(provider => new AssignmentStore(provider.GetRequiredService<DataDirectory>().File("assignments")));
        services.AddSingleton(provider => new ExperimentCompiler(
            provider.GetRequiredService<IOptions<DecisioningOptions>>().Value.Placements,
            [.. provider.GetServices<IDecisionStep>().Where(step => step.Phase is not (DecisionPhase.Seal or DecisionPhase.Remember)).Select(step => step.Name)],
            version => provider.GetRequiredService<ModelRegistry>().Find(NeighbourVersions.ModelName, version) is not null,
            provider.GetRequiredService<IConditions>()));
        services.AddSingleton(provider => new ExperimentDesk(
            provider.GetRequiredService<IExperimentStore>(), provider.GetRequiredService<ExperimentCompiler>(), OptionsOf(provider), provider.GetRequiredService<TimeProvider>()));
        services.AddSingleton(provider => new KeptAssignments(
            OptionsOf(provider).MaxAssignments,
            provider.GetRequiredService<AssignmentStore>().Load(
                provider.GetRequiredService<TimeProvider>().GetUtcNow().AddDays(-OptionsOf(provider).AssignmentDays).ToUnixTimeMilliseconds())));
        services.AddSingleton<MeasuredPeople>();
        services.AddSingleton<FlagAssignments>();
        services.AddSingleton<AssignmentKeeper>();
        services.AddHostedService(provider => provider.GetRequiredService<AssignmentKeeper>());
        services.AddSingleton<IPersonalDataStore>(provider => provider.GetRequiredService<AssignmentKeeper>());
        services.AddSingleton<IIdentifierSource>(provider => provider.GetRequiredService<AssignmentKeeper>());
        services.AddSingleton(provider => new RetentionRule(
            "decisioning/assignments", "Which arm of an experiment a person was given", OptionsOf(provider).AssignmentDays, "Experiments:AssignmentDays"));
        services.AddSingleton<IPlacementVariants>(provider => new PlacementVariants(
            provider.GetRequiredService<ExperimentDesk>(),
            provider.GetRequiredService<KeptAssignments>(),
            provider.GetRequiredService<MeasuredPeople>(),
            provider.GetRequiredService<IConsent>(),
            provider.GetRequiredService<ExposureWriter>().Write,
            provider.GetRequiredService<IOptions<ExperimentOptions>>(),
            provider.GetRequiredService<TimeProvider>(),
            provider.GetRequiredService<IConditions>()));
        services.AddSingleton<ExperimentWatch>();
        services.AddHostedService(provider => provider.GetRequiredService<ExperimentWatch>());
        return services;
    }

    public static IEndpointRouteBuilder MapExperiments(this IEndpointRouteBuilder endpoints)
    {
        ExperimentEndpoints.Map(endpoints);
        return endpoints;
    }

    private static ExperimentOptions OptionsOf(IServiceProvider provider) => provider.GetRequiredService<IOptions<ExperimentOptions>>().Value;
}
