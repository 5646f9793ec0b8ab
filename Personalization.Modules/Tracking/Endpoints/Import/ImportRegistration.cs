using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;
using Personalization.Kernel;
using Personalization.Kernel.Sqlite;
using Personalization.Tracking.Pipeline;
using Personalization.Tracking.Pipeline.Import;
using Personalization.Tracking.Storage.Import;

namespace Personalization.Tracking.Endpoints.Import;

/// <summary>What an import is made of.</summary>
internal static class ImportRegistration
{
    public static IServiceCollection AddImport(this IServiceCollection services, IConfiguration configuration)
    {
        services.AddValidatedOptions<ImportOptions>(configuration, ImportOptions.Section);
        services.AddSingleton(provider => new ImportStore(
            provider.GetRequiredService<DataDirectory>().File("imports"),
            provider.GetRequiredService<IOptions<ImportOptions>>().Value.MaxRemembered,
            provider.GetRequiredService<TimeProvider>().GetUtcNow().ToUnixTimeMilliseconds()));
        services.AddSingleton<ImportPace>();
        services.AddSingleton<IEventObserver>(provider => provider.GetRequiredService<ImportPace>());
        services.AddSingleton<ImportDesk>();
        services.AddSingleton<ImportRun>();
        services.AddSingleton<ImportEndpoint>();
        return services;
    }
}
