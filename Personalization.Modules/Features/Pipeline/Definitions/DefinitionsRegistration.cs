using Microsoft.Extensions.DependencyInjection;
using Personalization.Features.Domain.Definitions;
using Personalization.Kernel.Checkpoints;
using Personalization.Kernel.Log;

namespace Personalization.Features.Pipeline.Definitions;

/// <summary>Definitions in the log. Registered before everything that is defined, whose state is loaded after it.</summary>
internal static class DefinitionsRegistration
{
    public static IServiceCollection AddDefinitions(this IServiceCollection services)
    {
        services.AddSingleton(_ => new DefinitionBook());
        services.AddSingleton<ICheckpointed>(provider => provider.GetRequiredService<DefinitionBook>());
        services.AddSingleton<DefinitionRefusals>();
        services.AddSingleton(provider => new DefinitionKinds(provider.GetServices<IDefinitionHandler>));
        services.AddSingleton<IDefinitionLog, DefinitionLog>();
        services.AddSingleton<ILogEntryHandler, DefinitionEntryHandler>();
        return services;
    }
}
