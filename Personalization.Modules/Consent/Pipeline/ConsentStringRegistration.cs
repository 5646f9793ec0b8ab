using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Personalization.Consent.Domain;
using Personalization.Consent.Domain.Vendors;
using Personalization.Kernel;

namespace Personalization.Consent.Pipeline;

/// <summary>Registers what reads consent strings.</summary>
internal static class ConsentStringRegistration
{
    public static IServiceCollection AddConsentStrings(this IServiceCollection services, IConfiguration configuration)
    {
        services.AddValidatedOptions<ConsentStringOptions>(configuration, ConsentStringOptions.Section);
        services.AddSingleton<VendorLists>();
        services.AddSingleton<ConsentStrings>();
        return services;
    }
}
