using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Options;
using Personalization.Kernel;
using Personalization.Kernel.Checkpoints;
using Personalization.Kernel.Hashing;
using Personalization.Kernel.Log;
using Personalization.Kernel.Privacy;
using Personalization.Kernel.Replay;
using Personalization.Tracking.Contracts;
using Personalization.Tracking.Domain;
using Personalization.Tracking.Domain.Duplicates;
using Personalization.Tracking.Endpoints;
using Personalization.Tracking.Endpoints.DeadLetters;
using Personalization.Tracking.Endpoints.Import;
using Personalization.Tracking.Endpoints.Quality;
using Personalization.Tracking.Endpoints.Schemas;
using Personalization.Tracking.Pipeline;
using Personalization.Tracking.Pipeline.Clock;
using Personalization.Tracking.Pipeline.DeadLetters;
using Personalization.Tracking.Pipeline.Pressure;
using Personalization.Tracking.Pipeline.Privacy;
using Personalization.Tracking.Storage;

namespace Personalization.Tracking;

/// <summary>What happened: the door of the event path, and the path to the stages.</summary>
public static class TrackingModule
{
    /// <summary>Registers everything the module needs. Options are checked when the host starts.</summary>
    public static IServiceCollection AddTracking(this IServiceCollection services, IConfiguration configuration)
    {
        services.AddValidatedOptions<TrackingOptions>(configuration, TrackingOptions.Section);
        services.AddSingleton<IValidateOptions<TrackingOptions>, TrackingOptionsValidator>();

        services.AddClients(configuration);
        services.AddDeadLetters(configuration);
        services.AddSuppression();
        AddDoor(services);
        AddPath(services);
        services.AddLogClock(configuration);
        services.AddPressure(configuration);
        services.AddImport(configuration);
        services.AddSchemas(configuration);
        services.AddQuality(configuration);

        return services;
    }

    /// <summary>Maps the collection endpoints.</summary>
    public static IEndpointRouteBuilder MapTracking(this IEndpointRouteBuilder endpoints)
    {
        TrackingEndpoints.Map(endpoints);
        endpoints.MapClients();
        PressureEndpoint.Map(endpoints);
        ImportsEndpoints.Map(endpoints);
        endpoints.MapSchemas();
        DeadLetterEndpoints.Map(endpoints);
        endpoints.MapQuality();
        return endpoints;
    }

    /// <summary>From the request to the log.</summary>
    private static void AddDoor(IServiceCollection services)
    {
        services.AddMetrics();
        services.TryAddSingleton(TimeProvider.System);
        services.AddSingleton<EventBatchPool>(_ => new EventBatchPool());
        services.AddSingleton(provider => new SegmentParser(
            provider.GetRequiredService<KeyHasher>(), provider.GetRequiredService<ConsentVocabulary>(), Limits(provider), provider.GetService<IEventCheck>(),
            provider.GetService<IdentifierVocabulary>()));
        services.AddSingleton<EventBatchCodec>();
        services.AddSingleton<ISourceDirectory>(provider => new SourceDirectory(
            provider.GetRequiredService<IOptions<TrackingOptions>>().Value.Sources, provider.GetRequiredService<ISourceRegister>()));
        services.AddSingleton<TrackingMetrics>();
        services.AddSingleton<EventIntake>();
        services.AddSingleton<IEventWriter, EventWriter>();
        services.AddSingleton<CollectEndpoint>();
    }

    /// <summary>From the log to the stages: duplicates fall out, partitions apply the rest.</summary>
    private static void AddPath(IServiceCollection services)
    {
        services.AddSingleton<ISourceRegister, LogSourceRegister>();
        services.AddSingleton(CreateDuplicateFilter);
        services.AddSingleton(provider => new RetentionRule(
            "tracking.db",
            "Keyed hashes of message ids, to recognise what is sent twice",
            provider.GetRequiredService<IOptions<TrackingOptions>>().Value.DuplicateWindowDays,
            "Tracking:DuplicateWindowDays"));
        services.AddSingleton<ISequencerStep>(provider => provider.GetRequiredService<DuplicateFilter>());
        services.AddSingleton<ICheckpointed>(provider => provider.GetRequiredService<DuplicateFilter>());

        services.AddSingleton<PartitionMetrics>();
        services.AddSingleton(CreateLayout);
        services.AddSingleton<IPartitions>(provider => provider.GetRequiredService<PartitionLayout>());
        services.AddSingleton(provider => new StageOrder(provider.GetRequiredService<PartitionLayout>().Count == 1));
        services.AddSingleton<AppliedProgress>();
        services.AddSingleton<EffectWait>();
        services.AddSingleton<IAppliedEvents, AppliedEvents>();
        services.AddSingleton<TrackedEventHandler>();
        services.AddSingleton<ILogEntryHandler>(provider => provider.GetRequiredService<TrackedEventHandler>());
        services.AddSingleton<Func<LogReplay>>(provider => provider.GetRequiredService<LogReplay>);
        services.AddSingleton<IProfileRebuild, ProfileRebuild>();
        services.AddSingleton<ITrackingStatistics, TrackingStatistics>();
        services.AddSingleton<IEventReader, StoredEventReader>();
        services.AddReplayedPart<ISequencerStep>();
        services.AddReplayedPart<IEventStage>();
        services.AddReplayedPart<IEventObserver>();
    }

    private static DuplicateFilter CreateDuplicateFilter(IServiceProvider provider)
    {
        var options = provider.GetRequiredService<IOptions<TrackingOptions>>().Value;
        return new DuplicateFilter(
            options.DuplicateRecentIds, options.DuplicateMaxIds, TimeSpan.FromDays(options.DuplicateWindowDays));
    }

    private static PartitionLayout CreateLayout(IServiceProvider provider)
    {
        var options = provider.GetRequiredService<IOptions<TrackingOptions>>().Value;
        if (provider.GetService<InLogOrder>() is not null)
        {
            return new PartitionLayout(1, options.PartitionQueueEvents);
        }

        var count = options.Partitions > 0 ? options.Partitions : Math.Max(1, Environment.ProcessorCount / 2);
        return new PartitionLayout(count, options.PartitionQueueEvents);
    }

    private static ParserLimits Limits(IServiceProvider provider)
    {
        var options = provider.GetRequiredService<IOptions<TrackingOptions>>().Value;
        return new ParserLimits(options.MaxEventBytes, options.MaxBatchEvents);
    }
}
