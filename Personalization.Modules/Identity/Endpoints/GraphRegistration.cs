using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;
using Personalization.Identity.Contracts;
using Personalization.Identity.Domain;
using Personalization.Identity.Domain.Likelihood;
using Personalization.Kernel;
using Personalization.Kernel.Checkpoints;
using Personalization.Kernel.Privacy;
using Personalization.Tracking.Contracts;

namespace Personalization.Identity.Endpoints;

/// <summary>The graph of identifiers, its ledger, and what may be asked of it.</summary>
internal static class GraphRegistration
{
    public static IServiceCollection AddIdentityGraph(this IServiceCollection services, IConfiguration configuration)
    {
        services.AddValidatedOptions<IdentityOptions>(configuration, IdentityOptions.Section);
        services.AddValidatedOptions<LikelihoodOptions>(configuration, LikelihoodOptions.Section);
        services.AddSingleton<IValidateOptions<IdentityOptions>, IdentityOptionsValidator>();
        services.AddSingleton(provider => new IdentifierVocabulary(
            [.. provider.GetRequiredService<IOptions<IdentityOptions>>().Value.Kinds.Select(kind => kind.Name)],
            provider.GetRequiredService<IOptions<LikelihoodOptions>>().Value.ReadTraces));
        services.AddSingleton(provider => new IdentityRules(
            provider.GetRequiredService<IdentifierVocabulary>(), provider.GetRequiredService<IOptions<IdentityOptions>>().Value));

        services.AddSingleton<IdentityMap>();
        services.AddSingleton<IProfileDirectory>(provider => provider.GetRequiredService<IdentityMap>());
        services.AddSingleton<PendingMerges>();
        services.AddSingleton<GraphWriter>();

        // Values before the identifiers that they belong to: an erasure finds them by these.
        services.AddState<PersonalValues>();
        services.AddState<LinkLedger>();
        services.AddState<RefusedLinks>();
        services.AddSingleton(provider => provider.GetRequiredService<IOptions<LikelihoodOptions>>().Value);
        services.AddState<LikelyLinks>();
        services.AddState<IdentityLedger>();
        return services;
    }

    public static IEndpointRouteBuilder MapIdentityGraph(this IEndpointRouteBuilder endpoints)
    {
        LookupEndpoints.Map(endpoints);
        GraphEndpoint.Map(endpoints);
        RefusalsEndpoint.Map(endpoints);
        return endpoints;
    }

    private static void AddState<TState>(this IServiceCollection services)
        where TState : class, ICheckpointed, IPersonalDataStore
    {
        services.AddSingleton<TState>();
        services.AddSingleton<ICheckpointed>(provider => provider.GetRequiredService<TState>());
        services.AddSingleton<IPersonalDataStore>(provider => provider.GetRequiredService<TState>());
    }
}
