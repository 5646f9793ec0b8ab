using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Options;
using Personalization.Kernel.Hashing;
using Personalization.Tracking.Contracts;
using Personalization.Tracking.Domain;
using Personalization.Tracking.Endpoints;
using Personalization.Tracking.Pipeline;

namespace Personalization.Tracking;

public static class TrackingModule
{
    /// <summary>Registers everything the module needs. Options are checked when the host starts.</summary>
    public static IServiceCollection AddTracking(this IServiceCollection services, IConfiguration configuration)
    {
        services.AddOptions<TrackingOptions>()
            .Bind(configuration.GetSection(TrackingOptions.Section))
            .ValidateDataAnnotations()
            .ValidateOnStart();
        services.AddSingleton<IValidateOptions<TrackingOptions>, TrackingOptionsValidator>();

        AddDoor(services);

        return services;
    }

    /// <summary>From the request to the log.</summary>
    private static void AddDoor(IServiceCollection services)
    {
        services.AddMetrics();
        services.TryAddSingleton(TimeProvider.System);
        services.TryAddSingleton(new ConsentVocabulary(new Dictionary<string, byte>()));
        services.AddSingleton<EventBatchPool>(_ => new EventBatchPool());
        services.AddSingleton(provider => new SegmentParser(
            provider.GetRequiredService<KeyHasher>(), provider.GetRequiredService<ConsentVocabulary>(), Limits(provider)));
        services.AddSingleton<EventBatchCodec>();
        services.AddSingleton<ISourceDirectory>(provider => new SourceDirectory(
            provider.GetRequiredService<IOptions<TrackingOptions>>().Value.Sources, provider.GetRequiredService<ISourceRegister>()));
        services.AddSingleton<TrackingMetrics>();
        services.AddSingleton<CollectEndpoint>();
    }

    private static ParserLimits Limits(IServiceProvider provider)
    {
        var options = provider.GetRequiredService<IOptions<TrackingOptions>>().Value;
        return new ParserLimits(options.MaxEventBytes, options.MaxBatchEvents);
    }
}
