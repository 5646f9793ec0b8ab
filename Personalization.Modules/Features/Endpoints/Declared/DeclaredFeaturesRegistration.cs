using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;
using Personalization.Features.Contracts;
using Personalization.Features.Domain.Conditions;
using Personalization.Features.Domain.Declared.Aggregates;
using Personalization.Features.Domain.Declared;
using Personalization.Features.Domain.Definitions;
using Personalization.Features.Domain.History;
using Personalization.Features.Domain.Traits;
using Personalization.Features.Endpoints.Definitions;
using Personalization.Features.Pipeline.Declared;
using Personalization.Kernel.Checkpoints;
using Personalization.Kernel.Http;
using Personalization.Kernel.Log;
using Personalization.Kernel.Privacy;
using Personalization.Kernel;
using Personalization.Tracking.Contracts;

namespace Personalization.Features.Endpoints.Declared;

/// <summary>Features that the shop declares.</summary>
internal static class DeclaredFeaturesRegistration
{
    /// <summary>A version is made live by itself once it is ready.</summary>
    private static readonly DefinitionRoutes Routes = new("/v1/features", FeatureRegistry.DefinitionKind, ActivatesAtOnce: false)
    {
        MapsActivation = false,
        Status = static (services, id) => FeatureStatus.Of(services.GetRequiredService<FeatureRegistry>(), id),
    };

    /// <summary>After event names and kept properties, which definitions are compiled with when a checkpoint is loaded.</summary>
    public static IServiceCollection AddDeclaredFeatures(this IServiceCollection services, IConfiguration configuration)
    {
        services.AddValidatedOptions<DeclaredFeaturesOptions>(configuration, DeclaredFeaturesOptions.Section);
        services.AddSingleton<IValidateOptions<DeclaredFeaturesOptions>, DeclaredFeaturesOptionsValidator>();
        services.AddSingleton(provider => provider.GetRequiredService<IOptions<DeclaredFeaturesOptions>>().Value);
        services.AddSingleton<AggregateFactory>();
        services.AddSingleton<IValueTexts, ValueTexts>();

        services.AddSingleton(provider => new FeatureRegistry(
            provider.GetRequiredService<AggregateFactory>(),
            new ConditionCompiler(
                provider.GetRequiredService<IEventNames>(),
                provider.GetRequiredService<IKeptProperties>(),
                new NoTraits(),
                provider.GetRequiredService<ICatalog>(),
                provider.GetRequiredService<IOptions<FeaturesOptions>>()),
            provider.GetRequiredService<IEventNames>(),
            provider.GetRequiredService<IKeptProperties>(),
            provider.GetRequiredService<DeclaredFeaturesOptions>()));
        services.AddSingleton<FeatureBackfill>();
        services.AddSingleton<FeatureFill>();
        services.AddSingleton<ILogEntryHandler, FeatureFillHandler>();
        services.AddSingleton<IDefinitionHandler, FeatureDefinitionHandler>();
        services.AddSingleton<ICheckpointed>(provider => provider.GetRequiredService<FeatureRegistry>());
        services.AddSingleton<FeatureStates>();
        services.AddSingleton<ICheckpointed>(provider => provider.GetRequiredService<FeatureStates>());
        services.AddSingleton<IPersonalDataStore>(provider => provider.GetRequiredService<FeatureStates>());
        services.AddSingleton<FeatureValues>();
        services.AddSingleton<IFeatureValues>(provider => provider.GetRequiredService<FeatureValues>());
        services.AddSingleton<IEventStage, UpdateDeclaredFeaturesStage>();

        services.AddSingleton<FreshnessGate>();
        services.AddSingleton<FeatureReadiness>();
        services.AddHostedService<FeatureUpkeep>();
        services.AddSingleton<DeclaredFeaturesMetrics>();
        services.AddSingleton<ReadFeatureEndpoint>();
        return services;
    }

    public static void MapDeclaredFeatures(this IEndpointRouteBuilder endpoints)
    {
        endpoints.ServiceProvider.GetRequiredService<DeclaredFeaturesMetrics>();
        var read = endpoints.ServiceProvider.GetRequiredService<ReadFeatureEndpoint>();
        var features = endpoints.MapDefinitions(Routes);
        features.MapGet("/{id}/values", (RequestDelegate)read.ValuesAsync).WithName("GetFeatureValue");
        features.MapPost("/{id}/versions/{version:int}/activate", (Delegate)ActivateAsync).WithName("ActivateFeature");
        endpoints.MapGet("/v1/built-in-features", (Delegate)ReadFeatureEndpoint.BuiltIn).RequireServerKey().WithName("ListBuiltInFeatures");
    }

    /// <summary>
    /// 200 when a version that is being prepared is in use, complete or not. 409 for one that is not: the states of a version that was replaced are gone,
    /// so going back is putting its body again. 404, 429, 503 as of all definitions.
    /// </summary>
    internal static Task<IResult> ActivateAsync(string id, int version, HttpContext context, FeatureRegistry registry) =>
        registry.Current.Versions.Any(each => each.Id == id && each.Version == version)
            ? DefinitionEndpoints.ActivateAsync(Routes, id, version, context)
            : Task.FromResult(FeatureProblems.NotPrepared.ToResult());

    /// <summary>What an event is asked for is in the event: <c>where</c> knows no traits.</summary>
    private sealed class NoTraits : ITraitReader
    {
        public bool TryRead(int profileId, TraitSet into)
        {
            into.Clear();
            return false;
        }

        public int Find(ReadOnlySpan<char> name) => -1;
    }
}
