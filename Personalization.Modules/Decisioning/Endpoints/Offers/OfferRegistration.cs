using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;
using Personalization.Decisioning.Domain;
using Personalization.Decisioning.Domain.Documents;
using Personalization.Decisioning.Domain.Offers;
using Personalization.Decisioning.Domain.Restraint;
using Personalization.Decisioning.Domain.Steps;
using Personalization.Decisioning.Endpoints.Documents;
using Personalization.Decisioning.Pipeline.Restraint;
using Personalization.Features.Contracts;
using Personalization.Kernel;
using Personalization.Kernel.Checkpoints;
using Personalization.Kernel.Privacy;
using Personalization.Tracking.Contracts;

namespace Personalization.Decisioning.Endpoints.Offers;

/// <summary>Offers and content, how often they are shown, and what nothing overrides.</summary>
internal static class OfferRegistration
{
    private const string Kind = "offer";

    public static IServiceCollection AddOffers(this IServiceCollection services, IConfiguration configuration)
    {
        services.AddValidatedOptions<RestraintOptions>(configuration, RestraintOptions.Section);
        services.AddSingleton<IValidateOptions<RestraintOptions>, RestraintOptionsValidator>();
        services.AddSingleton<ShopperLedger>();
        services.AddSingleton<IOwnership>(provider => provider.GetRequiredService<ShopperLedger>());
        services.AddSingleton<ICheckpointed>(provider => provider.GetRequiredService<ShopperLedger>());
        services.AddSingleton<IPersonalDataStore>(provider => provider.GetRequiredService<ShopperLedger>());
        services.AddSingleton<IEventStage, RememberShownStage>();
        services.AddSingleton<ShownOfferWriter>();
        services.AddSingleton<IShownOffers>(provider => provider.GetRequiredService<ShownOfferWriter>());
        services.AddHostedService(provider => provider.GetRequiredService<ShownOfferWriter>());
        services.AddSingleton(provider =>
        {
            var placements = provider.GetRequiredService<IOptions<DecisioningOptions>>().Value.Placements;
            return new OfferReader(provider.GetRequiredService<IConditions>(), placements.ContainsKey);
        });
        services.AddSingleton(provider => new DocumentBook<Offer>(
            Kind, provider.GetRequiredService<IDocumentStore>(), provider.GetRequiredService<OfferReader>().Read, provider.GetRequiredService<TimeProvider>()));
        services.AddSingleton<DocumentEndpoints<Offer>>();
        services.AddSingleton<IDecisionStep, ExcludeUnwantedStep>();
        services.AddSingleton<IDecisionStep, SealStep>();
        services.AddSingleton<IDecisionStep, ChooseOffersStep>();
        return services;
    }

    public static IEndpointRouteBuilder MapOffers(this IEndpointRouteBuilder endpoints)
    {
        endpoints.ServiceProvider.GetRequiredService<DocumentEndpoints<Offer>>().Map(endpoints, "/v1/offers", "Offer");
        return endpoints;
    }
}
