using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Personalization.Kernel.Sqlite;

namespace Personalization.Kernel.Privacy;

/// <summary>Erasure, suppression, and what starts before everything else because of them.</summary>
internal static class PrivacyKernelRegistration
{
    /// <summary>Before the sequencer is registered: what is to be erased is erased before anything is loaded.</summary>
    public static void AddPrivacy(this IServiceCollection services, IConfiguration configuration)
    {
        services.AddValidatedOptions<PrivacyOptions>(configuration, PrivacyOptions.Section);
        services.AddSingleton(provider => new PrivacyKey(PrivacyKey.PathIn(provider.GetRequiredService<DataDirectory>())));
        services.AddSingleton(provider => new PrivacyFile(
            provider.GetRequiredService<DataDirectory>().File(PrivacyFile.Name), provider.GetRequiredService<PrivacyKey>()));
        services.AddSingleton<SuppressionList>();
        services.AddSingleton<ISuppressionList>(provider => provider.GetRequiredService<SuppressionList>());
        services.AddSingleton<DiskHygiene>();
        services.AddSingleton<MaintenanceGate>();
        services.AddSingleton<Erasure>();
        services.AddSingleton<IErasure>(provider => provider.GetRequiredService<Erasure>());
        services.AddHostedService<ErasureResume>();
        services.AddHostedService<ErasureTidying>();
    }
}
