using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Options;
using Personalization.Consent.Contracts;
using Personalization.Features.Contracts;
using Personalization.Features.Domain;
using Personalization.Features.Domain.Conditions;
using Personalization.Features.Domain.Declared;
using Personalization.Features.Domain.Definitions;
using Personalization.Features.Domain.Feed;
using Personalization.Features.Domain.Funnels;
using Personalization.Features.Domain.History;
using Personalization.Features.Domain.Segments;
using Personalization.Features.Domain.Traits;
using Personalization.Features.Domain.Triggers;
using Personalization.Features.Endpoints.Definitions;
using Personalization.Features.Endpoints.Funnels;
using Personalization.Features.Endpoints.Triggers;
using Personalization.Features.Pipeline.Segments;
using Personalization.Kernel;
using Personalization.Kernel.Checkpoints;
using Personalization.Kernel.Privacy;
using Personalization.Tracking.Contracts;

namespace Personalization.Features.Pipeline;

/// <summary>
/// Funnels and triggers: registered in one place, behind everything that they look at. The log of definitions waits for the pipeline, which has these for
/// parts, so they ask for it when they need it.
/// </summary>
internal static class TriggersRegistration
{
    public static IServiceCollection AddFunnels(this IServiceCollection services)
    {
        services.AddSingleton(provider => new FunnelRegistry(
            provider.GetRequiredService<IDefinitionLog>, provider.GetRequiredService<IConditionCompiler>,
            provider.GetRequiredService<IEventNames>(), provider.GetRequiredService<IKeptProperties>()));
        services.AddSingleton<IDefinitionHandler>(provider => provider.GetRequiredService<FunnelRegistry>());
        services.AddSingleton<ICheckpointed>(provider => provider.GetRequiredService<FunnelRegistry>());
        services.AddSingleton<IFunnelStages>(provider => provider.GetRequiredService<FunnelRegistry>());
        services.AddSingleton<FunnelReporter>();
        services.AddSingleton<FunnelReportEndpoint>();
        services.AddSingleton<FunnelStandingEndpoint>();
        return services;
    }

    public static IServiceCollection AddTriggers(this IServiceCollection services, IConfiguration configuration)
    {
        services.AddValidatedOptions<TriggersOptions>(configuration, TriggersOptions.Section);
        services.AddSingleton(provider => new TriggerRegistry(
            provider.GetRequiredService<IDefinitionLog>, provider.GetRequiredService<IConditionCompiler>,
            provider.GetRequiredService<IEventNames>(), provider.GetRequiredService<IKeptProperties>()));
        services.AddSingleton<IDefinitionHandler>(provider => provider.GetRequiredService<TriggerRegistry>());
        services.AddSingleton<ICheckpointed>(provider => provider.GetRequiredService<TriggerRegistry>());
        services.AddSingleton<ProfileFirings>();
        services.AddSingleton<ICheckpointed>(provider => provider.GetRequiredService<ProfileFirings>());
        services.AddSingleton<IPersonalDataStore>(provider => provider.GetRequiredService<ProfileFirings>());
        services.AddSingleton(provider => new ItemChanges(PartitionsOf(provider), OptionsOf(provider).MaxItemChanges));
        services.AddSingleton<ICheckpointed>(provider => provider.GetRequiredService<ItemChanges>());
        services.AddSingleton(provider => new TriggerFeed(
            PartitionsOf(provider), new FeedLimits(OptionsOf(provider).FeedCapacity, TimeSpan.FromDays(OptionsOf(provider).FeedDays)), provider.GetRequiredService<ILogClock>()));
        services.AddSingleton<ICheckpointed>(provider => provider.GetRequiredService<TriggerFeed>());
        services.AddSingleton<IPersonalDataStore>(provider => provider.GetRequiredService<TriggerFeed>());
        services.AddSingleton<TriggerAnnouncer>();
        services.AddSingleton<IHostedService>(provider => provider.GetRequiredService<TriggerAnnouncer>());
        services.AddSingleton(CreateRuntime);
        services.AddSingleton<IItemObserver>(provider => provider.GetRequiredService<TriggerRuntime>());
        services.AddSingleton<ICheckpointed>(provider => provider.GetRequiredService<TriggerRuntime>());
        services.AddSingleton<IPersonalDataStore>(provider => provider.GetRequiredService<TriggerRuntime>());
        services.AddSingleton<IMembershipListener>(provider => new MembershipTriggers(
            provider.GetRequiredService<SegmentAnnouncer>(), provider.GetRequiredService<TriggerRuntime>(), provider.GetRequiredService<ISegments>()));
        services.AddSingleton<TriggersMetrics>();
        services.AddSingleton<FiredTriggersEndpoint>();
        services.AddSingleton(provider => new TriggerPreview(
            provider.GetRequiredService<IProfileHistory>(), () => CreateSnapshot(provider), provider.GetRequiredService<IConsent>()));
        services.AddSingleton<PreviewTriggerEndpoint>();
        services.AddSingleton<IEventStage, EvaluateTriggersStage>();
        return services;
    }

    public static void MapFunnelsAndTriggers(this IEndpointRouteBuilder endpoints)
    {
        var provider = endpoints.ServiceProvider;
        provider.GetRequiredService<TriggersMetrics>();
        var funnels = endpoints.MapDefinitions(new DefinitionRoutes("/v1/funnels", FunnelRegistry.DefinitionKind, ActivatesAtOnce: true));
        funnels.MapGet("/{id}/report", (Delegate)provider.GetRequiredService<FunnelReportEndpoint>().HandleAsync).WithName("ReportFunnel");
        funnels.MapGet("/{id}/standing", (Delegate)provider.GetRequiredService<FunnelStandingEndpoint>().Handle).WithName("ReadFunnelStanding");
        var triggers = endpoints.MapDefinitions(new DefinitionRoutes("/v1/triggers", TriggerRegistry.DefinitionKind, ActivatesAtOnce: true));
        triggers.MapGet("/fired", (Delegate)provider.GetRequiredService<FiredTriggersEndpoint>().HandleAsync).WithName("ListFiredTriggers");
        triggers.MapPost("/preview", (Delegate)provider.GetRequiredService<PreviewTriggerEndpoint>().HandleAsync).WithName("PreviewTrigger");
    }

    private static TriggerRuntime CreateRuntime(IServiceProvider provider)
    {
        var (feed, announcer) = (provider.GetRequiredService<TriggerFeed>(), provider.GetRequiredService<TriggerAnnouncer>());
        return new TriggerRuntime(
            provider.GetRequiredService<TriggerRegistry>(),
            provider.GetRequiredService<ProfileFirings>(),
            provider.GetRequiredService<ItemChanges>(),
            provider.GetRequiredService<IProfileHistory>(),
            provider.GetRequiredService<ICatalog>(),
            () => CreateSnapshot(provider),
            provider.GetRequiredService<IConsent>(),
            provider.GetRequiredService<IPartitions>(),
            provider.GetRequiredService<ILogClock>(),
            (partition, fired) =>
            {
                feed.Add(partition, fired);
                announcer.Announce(fired);
            },
            (long)TimeSpan.FromMinutes(OptionsOf(provider).SweepMinutes).TotalMilliseconds);
    }

    private static ProfileSnapshot CreateSnapshot(IServiceProvider provider) => new(
        provider.GetRequiredService<IProfileHistory>(),
        provider.GetRequiredService<ITraitReader>(),
        provider.GetRequiredService<IFeatureValues>(),
        provider.GetRequiredService<IMemberships>(),
        provider.GetRequiredService<IConsent>()) { Funnels = provider.GetRequiredService<IFunnelStages>() };

    private static TriggersOptions OptionsOf(IServiceProvider provider) => provider.GetRequiredService<IOptions<TriggersOptions>>().Value;

    private static int PartitionsOf(IServiceProvider provider) => provider.GetRequiredService<IPartitions>().Count;
}
