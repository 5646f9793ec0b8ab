using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using Personalization.Decisioning.Contracts;
using Personalization.Decisioning.Domain;
using Personalization.Decisioning.Domain.Candidates;
using Personalization.Decisioning.Domain.Life;
using Personalization.Decisioning.Domain.Trees;
using Personalization.Decisioning.Pipeline.Life;
using Personalization.Decisioning.Storage.Trees;
using Personalization.Kernel.Sqlite;

namespace Personalization.Decisioning.Endpoints.Trees;

/// <summary>Models that were trained elsewhere.</summary>
internal static class TreeModelRegistration
{
    public static IServiceCollection AddTreeModels(this IServiceCollection services)
    {
        services.AddSingleton<ITreeModelStore>(provider => new TreeModelStore(provider.GetRequiredService<DataDirectory>().File("models")));
        services.AddSingleton(provider => new TreeScorer(FeatureTable.NamesOf([.. provider.GetRequiredService<CandidatePlan>().Parts.Select(part => part.Code)])));
        services.AddSingleton<IClickedAnswers, ClickedAnswers>();
        services.AddSingleton(provider => new TreeModels(
            provider.GetRequiredService<ModelRegistry>(),
            new TreeWorld(
                provider.GetRequiredService<ITreeModelStore>(),
                provider.GetRequiredService<TreeScorer>(),
                provider.GetRequiredService<IClickedAnswers>(),
                id => PlacementsOf(id, provider.GetRequiredService<IOptions<DecisioningOptions>>().Value),
                provider.GetRequiredService<LearnedModels>(),
                provider.GetRequiredService<TimeProvider>(),
                provider.GetRequiredService<ILogger<TreeVersions>>())));
        services.AddSingleton<ITreeModels>(provider => provider.GetRequiredService<TreeModels>());
        return services;
    }

    public static IEndpointRouteBuilder MapTreeModels(this IEndpointRouteBuilder endpoints)
    {
        // What serves has a life among all versions as soon as the host answers.
        endpoints.ServiceProvider.GetRequiredService<TreeModels>();
        TreeModelEndpoints.Map(endpoints);
        return endpoints;
    }

    private static HashSet<string> PlacementsOf(string id, DecisioningOptions options) =>
        options.Placements.Where(pair => pair.Value is { Ranker: PlacementRanker.Online } placement && placement.TreeModel == id).Select(pair => pair.Key).ToHashSet(StringComparer.Ordinal);
}
