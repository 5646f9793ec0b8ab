using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Options;
using Personalization.Consent.Domain;
using Personalization.Consent.Domain.Vendors;
using Personalization.Consent.Storage;
using Personalization.Kernel;

namespace Personalization.Consent.Pipeline;

/// <summary>Registers what reads consent strings, and the vendor list that they refer to.</summary>
internal static class ConsentStringRegistration
{
    public static IServiceCollection AddConsentStrings(this IServiceCollection services, IConfiguration configuration)
    {
        services.AddValidatedOptions<ConsentStringOptions>(configuration, ConsentStringOptions.Section);
        services.AddValidatedOptions<VendorListOptions>(configuration, VendorListOptions.Section);
        services.AddSingleton<VendorLists>();
        services.AddSingleton<VendorListFile>();
        services.AddSingleton(provider => new VendorListSource(provider.GetRequiredService<IOptions<VendorListOptions>>(), CreateClient()));
        services.AddSingleton<VendorListRefresher>();
        services.AddSingleton<IHostedService>(provider => provider.GetRequiredService<VendorListRefresher>());
        services.AddSingleton<ConsentStrings>();
        return services;
    }

    /// <summary>The source bounds time and bytes itself; connections are made anew so that a move of the server is noticed.</summary>
    private static HttpClient CreateClient() => new(new SocketsHttpHandler
    {
        PooledConnectionLifetime = TimeSpan.FromMinutes(5),
        AutomaticDecompression = System.Net.DecompressionMethods.All,
        MaxAutomaticRedirections = 3,
    })
    {
        Timeout = Timeout.InfiniteTimeSpan,
    };
}
