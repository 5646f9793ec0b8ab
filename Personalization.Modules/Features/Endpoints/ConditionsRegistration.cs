using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;
using Personalization.Features.Contracts;
using Personalization.Features.Domain.Conditions;
using Personalization.Features.Domain.History;
using Personalization.Features.Domain.Traits;

namespace Personalization.Features.Endpoints;

/// <summary>Registers what reads and asks conditions.</summary>
internal static class ConditionsRegistration
{
    public static void AddConditions(this IServiceCollection services) =>
        services.AddSingleton<IConditionCompiler>(provider => new ConditionCompiler(
            provider.GetRequiredService<IEventNames>(),
            provider.GetRequiredService<IKeptProperties>(),
            provider.GetRequiredService<ITraitReader>(),
            provider.GetRequiredService<ICatalog>(),
            provider.GetRequiredService<IOptions<FeaturesOptions>>()));
}
