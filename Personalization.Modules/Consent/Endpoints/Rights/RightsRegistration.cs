using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;
using Personalization.Consent.Pipeline.Rights;
using Personalization.Consent.Storage.Rights;
using Personalization.Kernel;
using Personalization.Kernel.Privacy;
using Personalization.Kernel.Sqlite;

namespace Personalization.Consent.Endpoints.Rights;

/// <summary>Requests of people about their data.</summary>
internal static class RightsRegistration
{
    public static IServiceCollection AddRights(this IServiceCollection services, IConfiguration configuration)
    {
        services.AddValidatedOptions<RightsOptions>(configuration, RightsOptions.Section);
        services.AddSingleton<IValidateOptions<RightsOptions>, RightsOptionsValidator>();
        services.AddSingleton(provider => new RightsStore(Data(provider).File("rights")));
        services.AddSingleton(provider => new RightsKeys(
            Data(provider).Path, provider.GetRequiredService<IOptions<RightsOptions>>().Value, provider.GetRequiredService<TimeProvider>()));
        services.AddSingleton(provider => new ExportFiles(
            Data(provider).Path,
            provider.GetRequiredService<RightsStore>(),
            provider.GetRequiredService<RightsKeys>().Seal,
            provider.GetRequiredService<TimeProvider>()));
        services.AddSingleton<IPersonalDataStore>(provider => provider.GetRequiredService<ExportFiles>());

        services.AddSingleton<SubjectFinder>();
        services.AddSingleton<RightsSuppression>();
        services.AddSingleton<RightsDesk>();
        services.AddSingleton<RightsIntake>();
        services.AddSingleton<ResultLinks>();
        services.AddSingleton<OutboundCalls>();
        services.AddSingleton<RecipientForwarder>();
        services.AddSingleton<AccessBundle>();
        services.AddSingleton<RightsJob>();
        services.AddSingleton<RightsMetrics>();
        services.AddHostedService<RightsWorker>();
        services.AddHostedService<CallbackSender>();

        services.AddSingleton<OpenDsrEndpoints>();
        services.AddSingleton<PrivacyRequestEndpoints>();
        services.AddSingleton<ExportEndpoint>();
        return services;
    }

    public static IEndpointRouteBuilder MapRights(this IEndpointRouteBuilder endpoints)
    {
        endpoints.ServiceProvider.GetRequiredService<OpenDsrEndpoints>().Map(endpoints);
        endpoints.ServiceProvider.GetRequiredService<PrivacyRequestEndpoints>().Map(endpoints);
        endpoints.ServiceProvider.GetRequiredService<ExportEndpoint>().Map(endpoints);
        return endpoints;
    }

    private static DataDirectory Data(IServiceProvider provider) => provider.GetRequiredService<DataDirectory>();
}
