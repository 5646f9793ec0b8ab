using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;
using Personalization.Features.Contracts;
using Personalization.Features.Domain;
using Personalization.Features.Domain.ChangeCapture;
using Personalization.Features.Endpoints;
using Personalization.Features.Endpoints.Declared;
using Personalization.Features.Endpoints.Lists;
using Personalization.Features.Endpoints.Parity;
using Personalization.Features.Endpoints.Preview;
using Personalization.Features.Pipeline;
using Personalization.Features.Pipeline.Cold;
using Personalization.Features.Pipeline.Definitions;
using Personalization.Features.Pipeline.Expiry;
using Personalization.Features.Pipeline.Segments;
using Personalization.Kernel;
using Personalization.Kernel.Audit;
using Personalization.Kernel.Checkpoints;
using Personalization.Kernel.Hashing;
using Personalization.Kernel.Http;
using Personalization.Kernel.Log;
using Personalization.Kernel.Privacy;
using Personalization.Tracking.Contracts;

namespace Personalization.Features;

/// <summary>What we know: the catalogue, and the features of every profile.</summary>
public static class FeaturesModule
{
    /// <summary>Registers everything the module needs. Options are checked when the host starts.</summary>
    public static IServiceCollection AddFeatures(this IServiceCollection services, IConfiguration configuration)
    {
        services.AddParity(configuration);
        services.AddValidatedOptions<FeaturesOptions>(configuration, FeaturesOptions.Section);
        services.AddDefinitions();
        services.AddColdProfiles(configuration);

        services.AddSingleton(provider => new Catalog(
            provider.GetRequiredService<KeyHasher>(),
            provider.GetRequiredService<IOptions<FeaturesOptions>>().Value,
            provider.GetRequiredService<CapturedPositions>()));
        services.AddSingleton<ICatalog>(provider => provider.GetRequiredService<Catalog>());
        services.AddSingleton<ICheckpointed>(provider => provider.GetRequiredService<Catalog>());
        services.AddSingleton<ItemTermHistory>();
        services.AddSingleton<ICheckpointed>(provider => provider.GetRequiredService<ItemTermHistory>());
        services.AddSingleton<CatalogHandler>();
        services.AddSingleton<ILogEntryHandler>(provider => provider.GetRequiredService<CatalogHandler>());
        services.AddSingleton<ISequencerStep, ResolveItemsStep>();
        services.AddSingleton<FeaturesMetrics>();
        services.AddSingleton<CatalogWriter>();
        services.AddSingleton<PutItemsEndpoint>();
        services.AddSingleton<ChangeItemEndpoint>();
        services.AddSingleton<ReadItemsEndpoint>();
        services.AddSingleton<ProfileHistoryEndpoint>();
        services.AddSingleton<TraitImportEndpoint>();
        services.AddChangeCapture(configuration);
        services.AddConditions();

        services.AddSingleton(provider => new FeatureRules(provider.GetRequiredService<IOptions<FeaturesOptions>>().Value));
        services.AddSingleton<ProfileFeatureStore>();
        services.AddSingleton<IProfileFeatures>(provider => provider.GetRequiredService<ProfileFeatureStore>());
        services.AddSingleton<ICheckpointed>(provider => provider.GetRequiredService<ProfileFeatureStore>());
        services.AddSingleton<IPersonalDataStore>(provider => provider.GetRequiredService<ProfileFeatureStore>());
        services.AddSingleton<IEventStage, UpdateFeaturesStage>();
        services.AddHistory(configuration);
        services.AddDeclaredFeatures(configuration);
        services.AddFunnels();
        services.AddLists(configuration);
        services.AddSegments(configuration);
        services.AddListsToSegments();
        services.AddTriggers(configuration);
        services.AddExpiry();
        services.AddPreview(configuration);
        return services;
    }

    /// <summary>Maps the module's endpoints.</summary>
    public static IEndpointRouteBuilder MapFeatures(this IEndpointRouteBuilder endpoints)
    {
        var provider = endpoints.ServiceProvider;
        provider.GetRequiredService<FeaturesMetrics>();
        provider.GetRequiredService<ColdMetrics>();
        var read = provider.GetRequiredService<ReadItemsEndpoint>();
        var change = provider.GetRequiredService<ChangeItemEndpoint>();
        var items = endpoints.MapGroup("/v1/catalog/items").RequireServerKey().AuditsPlainly("id");
        items.MapPut("", (Delegate)provider.GetRequiredService<PutItemsEndpoint>().HandleAsync).WithName("PutCatalogItems");
        items.MapGet("", (RequestDelegate)read.ListAsync).WithName("ListCatalogItems");
        items.MapGet(ItemRoute.Pattern, (RequestDelegate)read.GetAsync).WithName("GetCatalogItem");
        items.MapPatch(ItemRoute.Pattern, (Delegate)change.PatchAsync).WithName("PatchCatalogItem");
        items.MapDelete(ItemRoute.Pattern, (Delegate)change.WithdrawAsync).WithName("WithdrawCatalogItem");
        endpoints.MapChangeCapture();
        endpoints.MapDeclaredFeatures();
        endpoints.MapParity();
        endpoints.MapConditions();
        endpoints.MapFunnelsAndTriggers();
        ProfileLookup.Map(endpoints);
        endpoints.MapLists();
        endpoints.MapSegments();
        ProfileHistoryEndpoint.Map(endpoints);
        TraitImportEndpoint.Map(endpoints);
        endpoints.MapPreview();
        return endpoints;
    }
}
