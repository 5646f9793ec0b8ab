using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;
using Personalization.Consent.Contracts;
using Personalization.Consent.Domain;
using Personalization.Consent.Endpoints;
using Personalization.Consent.Endpoints.Rights;
using Personalization.Consent.Pipeline;
using Personalization.Kernel;
using Personalization.Kernel.Checkpoints;
using Personalization.Kernel.Privacy;
using Personalization.Tracking.Contracts;

namespace Personalization.Consent;

/// <summary>May we: consent state and the gate on the event path.</summary>
public static class ConsentModule
{
    /// <summary>Registers the module. Options are checked when the host starts.</summary>
    public static IServiceCollection AddConsent(this IServiceCollection services, IConfiguration configuration)
    {
        services.AddResidency(configuration);
        services.AddValidatedOptions<ConsentOptions>(configuration, ConsentOptions.Section);
        services.AddSingleton(provider => new ConsentVocabulary(provider.GetRequiredService<IOptions<ConsentOptions>>().Value.CategoryPurposes));
        services.AddSingleton<IValidateOptions<ConsentOptions>, ConsentOptionsValidator>();
        services.AddSingleton<JurisdictionDirectory>();
        services.AddSingleton<ConsentLedger>();
        services.AddSingleton<ICheckpointed>(provider => provider.GetRequiredService<ConsentLedger>());
        services.AddSingleton<IPersonalDataStore>(provider => provider.GetRequiredService<ConsentLedger>());
        services.AddSingleton<ConsentStore>();
        services.AddSingleton<IConsent>(provider => provider.GetRequiredService<ConsentStore>());
        services.AddSingleton<ICheckpointed>(provider => provider.GetRequiredService<ConsentStore>());
        services.AddSingleton<IPersonalDataStore>(provider => provider.GetRequiredService<ConsentStore>());
        services.AddConsentStrings(configuration);
        services.AddSingleton<StringStatements>();
        services.AddSingleton<IPastConsent, PastConsent>();
        services.AddSingleton<IEventStage, ConsentGateStage>();
        services.AddSingleton<CollectionRule>();
        services.AddSingleton<IDoorRule>(provider => provider.GetRequiredService<CollectionRule>());
        services.AddSingleton<IRefusalRule>(provider => provider.GetRequiredService<CollectionRule>());
        services.AddSingleton<StatementWriter>();
        services.AddSingleton<ShopperIdentifiers>();
        services.AddConsentEndpoints();
        services.AddRights(configuration);
        return services;
    }

    /// <summary>Maps the module's endpoints.</summary>
    public static IEndpointRouteBuilder MapConsent(this IEndpointRouteBuilder endpoints)
    {
        ConsentEndpoints.Map(endpoints);
        return endpoints.MapRights();
    }
}
