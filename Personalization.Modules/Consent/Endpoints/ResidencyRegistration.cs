using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;
using Personalization.Consent.Contracts;
using Personalization.Consent.Domain.Residency;
using Personalization.Consent.Pipeline;
using Personalization.Kernel;
using Personalization.Kernel.Checkpoints;
using Personalization.Kernel.Privacy;
using Personalization.Tracking.Contracts;

namespace Personalization.Consent.Endpoints;

/// <summary>Where data belongs, and where it may go.</summary>
internal static class ResidencyRegistration
{
    /// <summary>Registers it. Options are checked when the host starts.</summary>
    public static IServiceCollection AddResidency(this IServiceCollection services, IConfiguration configuration)
    {
        services.AddValidatedOptions<ResidencyOptions>(configuration, ResidencyOptions.Section);
        services.AddSingleton<IValidateOptions<ResidencyOptions>, ResidencyOptionsValidator>();
        services.AddSingleton<ResidencyStore>();
        services.AddSingleton<ICheckpointed>(provider => provider.GetRequiredService<ResidencyStore>());
        services.AddSingleton<IPersonalDataStore>(provider => provider.GetRequiredService<ResidencyStore>());
        services.AddSingleton(provider => new Countries(OptionsOf(provider).CountryNames));
        services.AddSingleton<IResidency>(provider => new ResidencyPolicy(
            provider.GetRequiredService<ResidencyStore>(),
            OptionsOf(provider),
            name => provider.GetRequiredService<ISourceDirectory>().Named(name).Id));
        services.AddSingleton<IEventStage, TagResidencyStage>();
        return services;
    }

    /// <summary>Maps its endpoint.</summary>
    public static IEndpointRouteBuilder MapResidency(this IEndpointRouteBuilder endpoints)
    {
        ResidencyEndpoints.Map(endpoints);
        return endpoints;
    }

    private static ResidencyOptions OptionsOf(IServiceProvider provider) => provider.GetRequiredService<IOptions<ResidencyOptions>>().Value;
}
