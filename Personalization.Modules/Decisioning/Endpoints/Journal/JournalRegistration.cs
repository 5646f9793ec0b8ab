using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;
using Personalization.Decisioning.Contracts;
using Personalization.Decisioning.Domain;
using Personalization.Decisioning.Domain.Candidates;
using Personalization.Decisioning.Domain.Journal;
using Personalization.Decisioning.Domain.Rankers;
using Personalization.Decisioning.Domain.Steps;
using Personalization.Decisioning.Endpoints.Rankers;
using Personalization.Decisioning.Pipeline;
using Personalization.Decisioning.Pipeline.Journal;
using Personalization.Decisioning.Pipeline.Rankers;
using Personalization.Decisioning.Storage.Journal;
using Personalization.Features.Contracts;
using Personalization.Kernel;
using Personalization.Kernel.Checkpoints;
using Personalization.Kernel.Log;
using Personalization.Kernel.Privacy;
using Personalization.Kernel.Sqlite;
using Personalization.Tracking.Contracts;

namespace Personalization.Decisioning.Endpoints.Journal;

/// <summary>The decision log, rankers that learn from what comes of decisions, and the watch over their time.</summary>
internal static class JournalRegistration
{
    /// <summary>Registers it. Options are checked when the host starts.</summary>
    public static IServiceCollection AddDecisionLog(this IServiceCollection services, IConfiguration configuration)
    {
        services.AddValidatedOptions<DecisionLogOptions>(configuration, DecisionLogOptions.Section);
        services.AddSingleton(provider => new DecisionStore(
            provider.GetRequiredService<DataDirectory>().File(DecisionStore.FileName), provider.GetRequiredService<ICatalog>));
        services.AddSingleton<IPersonalDataStore>(provider => provider.GetRequiredService<DecisionStore>());
        services.AddSingleton(provider => new RetentionRule(
            DecisionStore.FileName + ".db",
            "Decisions with the number of the profile that was used, the items of its session, and what came of them",
            provider.GetRequiredService<IOptions<DecisionLogOptions>>().Value.KeepDays,
            $"{DecisionLogOptions.Section}:{nameof(DecisionLogOptions.KeepDays)}"));
        services.AddSingleton<DecisionOutcomes>();
        services.AddSingleton<RankerTeacher>();
        services.AddSingleton<DecisionJournal>();
        services.AddSingleton<IDecisionJournal>(provider => provider.GetRequiredService<DecisionJournal>());
        services.AddHostedService(provider => provider.GetRequiredService<DecisionJournal>());
        services.AddHostedService<DecisionWatch>();
        return services.AddRankers(configuration);
    }

    public static IEndpointRouteBuilder MapDecisionLog(this IEndpointRouteBuilder endpoints)
    {
        DecisionEndpoints.Map(endpoints);
        RankerEndpoints.Map(endpoints);
        return endpoints;
    }

    private static IServiceCollection AddRankers(this IServiceCollection services, IConfiguration configuration)
    {
        services.AddValidatedOptions<RankerOptions>(configuration, RankerOptions.Section);
        services.AddSingleton(provider => new WaitingDecisions(
            provider.GetRequiredService<IOptions<RankerOptions>>().Value,
            RankersOf(
                provider.GetRequiredService<IOptions<DecisioningOptions>>().Value,
                provider.GetRequiredService<CandidatePlan>(),
                provider.GetRequiredService<IOptions<RankerOptions>>().Value)));
        services.AddSingleton<ICheckpointed>(provider => provider.GetRequiredService<WaitingDecisions>());
        services.AddSingleton<IPersonalDataStore>(provider => provider.GetRequiredService<WaitingDecisions>());
        services.AddSingleton<ILogEntryHandler, ShownHandler>();
        services.AddSingleton<IEventStage, LearnRankingStage>();
        services.AddSingleton(provider => new CandidateFeatures(provider.GetRequiredService<ICatalog>(), provider.GetRequiredService<LearnedModels>().Popularity));
        services.AddSingleton<TreeFeature>();
        services.AddSingleton<IDecisionStep, OnlineRankStep>();
        services.AddSingleton<IDecisionStep>(provider => new DiversifyStep(
            provider.GetRequiredService<ICatalog>(), provider.GetRequiredService<LearnedModels>().Popularity));
        services.AddSingleton<RankerEvaluation>();
        services.AddSingleton<RankerCalibration>();
        return services;
    }

    private static IEnumerable<OnlineRanker> RankersOf(DecisioningOptions options, CandidatePlan plan, RankerOptions ranker) =>
        options.Placements.Where(pair => pair.Value.Ranker == PlacementRanker.Online)
            .Select(pair => new OnlineRanker(pair.Key, plan.PartsOf(pair.Value.Kind), ranker.ClickReward));
}
