using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;
using Personalization.Decisioning.Domain.Documents;
using Personalization.Decisioning.Domain.Rules;
using Personalization.Decisioning.Domain.Steps;
using Personalization.Decisioning.Endpoints.Documents;
using Personalization.Decisioning.Storage.Documents;
using Personalization.Features.Contracts;
using Personalization.Kernel.Sqlite;

namespace Personalization.Decisioning.Endpoints.Rules;

/// <summary>Rules of the shop.</summary>
internal static class RuleRegistration
{
    public static IServiceCollection AddRules(this IServiceCollection services)
    {
        services.AddSingleton<IDocumentStore>(provider => new DocumentStore(provider.GetRequiredService<DataDirectory>().File("rules")));
        services.AddSingleton(provider =>
        {
            var placements = provider.GetRequiredService<IOptions<DecisioningOptions>>().Value.Placements;
            return new RuleReader(provider.GetRequiredService<IConditions>(), placements.ContainsKey);
        });
        services.AddSingleton<RuleBook>();
        services.AddSingleton(provider => new DocumentEndpoints<Rule>(provider.GetRequiredService<RuleBook>().Documents));
        services.AddSingleton<RulePreviewEndpoint>();
        services.AddSingleton<IDecisionStep, ChooseRulesStep>();
        services.AddSingleton<IDecisionStep, ArrangeByRulesStep>();
        return services;
    }

    public static IEndpointRouteBuilder MapRules(this IEndpointRouteBuilder endpoints)
    {
        var provider = endpoints.ServiceProvider;
        var rules = provider.GetRequiredService<DocumentEndpoints<Rule>>().Map(endpoints, "/v1/rules", "Rule");
        rules.MapPost("preview", (Delegate)provider.GetRequiredService<RulePreviewEndpoint>().HandleAsync).WithName("PreviewRules");
        return endpoints;
    }
}
