using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Options;
using Personalization.Decisioning.Contracts;
using Personalization.Decisioning.Domain;
using Personalization.Decisioning.Domain.Candidates;
using Personalization.Decisioning.Domain.Life;
using Personalization.Decisioning.Endpoints;
using Personalization.Decisioning.Endpoints.Bandits;
using Personalization.Decisioning.Endpoints.Experiments;
using Personalization.Decisioning.Endpoints.Flags;
using Personalization.Decisioning.Endpoints.Governance;
using Personalization.Decisioning.Endpoints.Offers;
using Personalization.Decisioning.Endpoints.Restraint;
using Personalization.Decisioning.Endpoints.Rules;
using Personalization.Decisioning.Endpoints.Journal;
using Personalization.Decisioning.Endpoints.Life;
using Personalization.Decisioning.Endpoints.Models;
using Personalization.Decisioning.Endpoints.Trees;
using Personalization.Decisioning.Pipeline;
using Personalization.Features.Contracts;
using Personalization.Kernel.Checkpoints;
using Personalization.Kernel.Http;
using Personalization.Kernel.Privacy;
using Personalization.Tracking.Contracts;

namespace Personalization.Decisioning;

/// <summary>What to show.</summary>
public static class DecisioningModule
{
    /// <summary>Registers everything the module needs. Options are checked when the host starts.</summary>
    /// <param name="services">The host's services.</param>
    /// <param name="configuration">The <c>Personalization</c> section.</param>
    public static IServiceCollection AddDecisioning(this IServiceCollection services, IConfiguration configuration)
    {
        services.AddOptions<DecisioningOptions>().Bind(configuration.GetSection(DecisioningOptions.Section)).ValidateOnStart();
        services.AddSingleton<IValidateOptions<DecisioningOptions>, DecisioningOptionsValidator>();
        services.TryAddSingleton(TimeProvider.System);
        services.AddSingleton(provider => new LearnedModels(
            provider.GetRequiredService<IOptions<DecisioningOptions>>().Value, provider.GetRequiredService<IOptions<ModelTrainingOptions>>().Value, provider.GetRequiredService<ISegments>()));
        services.AddSingleton<IEventStage, LearnStage>();
        services.AddSingleton<DecisioningState>();
        services.AddSingleton<ICheckpointed>(provider => provider.GetRequiredService<DecisioningState>());
        services.AddSingleton<IPersonalDataStore>(provider => provider.GetRequiredService<DecisioningState>());
        services.AddHostedService<PopularityLoop>();
        services.AddSingleton<DecisionMeter>();
        services.AddSingleton<ShopperReader>();
        services.AddSingleton<ColdShoppers>();
        services.AddSingleton(provider => CandidatePlan.Create(
            provider.GetRequiredService<LearnedModels>(),
            provider.GetRequiredService<IOptions<DecisioningOptions>>().Value,
            provider.GetRequiredService<ICatalog>(),
            provider.GetRequiredService<NeighbourVersions>()));
        services.AddGovernance(configuration);
        services.AddSingleton<Personalizer>();
        services.AddSingleton<IPersonalizer>(provider => provider.GetRequiredService<Personalizer>());
        services.AddSingleton<RecommendationsEndpoint>();
        services.AddFlags(configuration);
        services.AddExperiments(configuration);
        services.AddModelLife(configuration);
        services.AddBandit(configuration);
        services.AddTreeModels();
        services.AddRules();
        services.AddOffers(configuration);
        services.AddProductRestraint(configuration);
        services.AddDecisionLog(configuration);
        services.AddModelTraining(configuration);
        return services;
    }

    /// <summary>Maps the endpoints as plain delegates: nothing is bound or serialised by reflection.</summary>
    public static IEndpointRouteBuilder MapDecisioning(this IEndpointRouteBuilder endpoints)
    {
        var endpoint = endpoints.ServiceProvider.GetRequiredService<RecommendationsEndpoint>();
        endpoints.MapGet("/v1/recommendations/{placement}", (RequestDelegate)endpoint.GetAsync).AnswerForItself().AllowCrossOrigin();
        endpoints.MapPost("/v1/recommendations/{placement}", (RequestDelegate)endpoint.PostAsync).AnswerForItself().AllowCrossOrigin();
        endpoints.MapPreflight("/v1/recommendations/{placement}");
        endpoints.MapGovernance();
        endpoints.MapFlags();
        endpoints.MapExperiments();
        endpoints.MapModelLife();
        endpoints.MapBandit();
        endpoints.MapTreeModels();
        endpoints.MapRules();
        endpoints.MapOffers();
        endpoints.MapDecisionLog();
        endpoints.MapModelTraining();
        return endpoints;
    }
}
