using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;
using Personalization.Decisioning.Domain.Bandits;
using Personalization.Decisioning.Pipeline.Bandits;
using Personalization.Kernel;
using Personalization.Kernel.Checkpoints;
using Personalization.Kernel.Log;

namespace Personalization.Decisioning.Endpoints.Bandits;

/// <summary>The contextual bandit, and the calls of Azure AI Personalizer in front of it.</summary>
internal static class BanditRegistration
{
    public static IServiceCollection AddBandit(this IServiceCollection services, IConfiguration configuration)
    {
        services.AddValidatedOptions<BanditOptions>(configuration, BanditOptions.Section);
        services.AddSingleton(provider => new RewardModel(provider.GetRequiredService<IOptions<BanditOptions>>().Value.LearningRate));
        services.AddSingleton(provider => new WaitingEvents(
            provider.GetRequiredService<RewardModel>(), provider.GetRequiredService<IOptions<BanditOptions>>().Value));
        services.AddSingleton<ICheckpointed>(provider => provider.GetRequiredService<WaitingEvents>());
        services.AddSingleton<ILogEntryHandler, BanditHandler>();
        services.AddSingleton<BanditDesk>();
        services.AddSingleton<PersonalizerEndpoints>();
        return services;
    }

    public static IEndpointRouteBuilder MapBandit(this IEndpointRouteBuilder endpoints)
    {
        PersonalizerEndpoints.Map(endpoints);
        return endpoints;
    }
}
