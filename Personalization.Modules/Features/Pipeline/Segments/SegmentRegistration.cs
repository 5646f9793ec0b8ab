using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;
using Personalization.Consent.Contracts;
using Personalization.Features.Contracts;
using Personalization.Features.Domain.Conditions;
using Personalization.Features.Domain.Declared;
using Personalization.Features.Domain.Definitions;
using Personalization.Features.Domain.Feed;
using Personalization.Features.Domain.History;
using Personalization.Features.Domain.Segments;
using Personalization.Features.Domain.Traits;
using Personalization.Features.Endpoints.Definitions;
using Personalization.Features.Endpoints.Segments;
using Personalization.Kernel;
using Personalization.Kernel.Checkpoints;
using Personalization.Kernel.Http;
using Personalization.Kernel.Privacy;
using Personalization.Tracking.Contracts;

namespace Personalization.Features.Pipeline.Segments;

/// <summary>Segments: registered in one place, behind all that conditions look at.</summary>
internal static class SegmentRegistration
{
    public static IServiceCollection AddSegments(this IServiceCollection services, IConfiguration configuration)
    {
        services.AddValidatedOptions<SegmentOptions>(configuration, SegmentOptions.Section);
        services.AddSingleton(provider => provider.GetRequiredService<IOptions<SegmentOptions>>().Value);
        services.AddSingleton<SegmentMetrics>();
        services.AddSingleton<SegmentRoster>();
        services.AddSingleton<ISegments>(provider => provider.GetRequiredService<SegmentRoster>());
        services.AddSingleton<IMemberships>(provider => provider.GetRequiredService<SegmentRoster>());
        services.AddSingleton<Func<SegmentRoster>>(provider => provider.GetRequiredService<SegmentRoster>);
        services.AddSingleton<Func<ProfileSnapshot>>(provider => () => Snapshot(provider));
        services.AddSingleton(CreateFeed);
        services.AddSingleton<SegmentAnnouncer>();
        services.AddSingleton<IMembershipListener>(provider => provider.GetRequiredService<SegmentAnnouncer>());
        services.AddHostedService(provider => provider.GetRequiredService<SegmentAnnouncer>());
        services.AddSingleton<SegmentEngine>();
        services.AddSingleton<SegmentCheck>();
        services.AddSingleton<SegmentState>();
        services.AddSingleton<ICheckpointed>(provider => provider.GetRequiredService<SegmentState>());
        services.AddSingleton<IPersonalDataStore>(provider => provider.GetRequiredService<SegmentState>());
        services.AddSingleton<ISequencerStep, LearnEventNamesStep>();
        services.AddSingleton<IEventStage, UpdateSegmentsStage>();
        services.AddSingleton<Func<IDefinitionLog>>(provider => provider.GetRequiredService<IDefinitionLog>);
        services.AddSingleton<SegmentPreparation>();
        services.AddHostedService(provider => provider.GetRequiredService<SegmentPreparation>());
        services.AddSingleton<IDefinitionHandler, SegmentDefinitions>();
        services.AddSingleton<IDefinitionObserver, SegmentDependencies>();
        services.AddSingleton<ReadSegmentsEndpoint>();
        services.AddSingleton<ActivateSegmentEndpoint>();
        services.AddSingleton<SegmentChangesEndpoint>();
        services.AddSingleton<SegmentStreamEndpoint>();
        return services;
    }

    public static IEndpointRouteBuilder MapSegments(this IEndpointRouteBuilder endpoints)
    {
        var provider = endpoints.ServiceProvider;
        var read = provider.GetRequiredService<ReadSegmentsEndpoint>();
        var change = provider.GetRequiredService<ActivateSegmentEndpoint>();
        var segments = endpoints.MapDefinitions(new DefinitionRoutes("/v1/segments", SegmentDefinitions.KindName, ActivatesAtOnce: false)
        {
            Status = (_, id) => read.StatusOf(id),
            MapsActivation = false,
            UntilReady = change.UntilReadyAsync,
        });
        segments.MapPost("/{id}/versions/{version:int}/activate", change.HandleAsync).WithName("ActivateSegment");
        segments.MapGet("/changes", provider.GetRequiredService<SegmentChangesEndpoint>().HandleAsync).WithName("ReadSegmentChanges");
        segments.MapGet("/changes/stream", (RequestDelegate)provider.GetRequiredService<SegmentStreamEndpoint>().HandleAsync).WithName("StreamSegmentChanges");
        segments.MapGet("/{id}/members", read.Members).WithName("ListSegmentMembers");
        segments.MapGet("/{id}/explain", read.Explain).WithName("ExplainSegment");
        endpoints.MapGet("/v1/profiles/{profileId:int}/segments", read.OfProfile).RequireServerKey().WithName("ListProfileSegments");
        return endpoints;
    }

    private static ProfileSnapshot Snapshot(IServiceProvider provider) => new(
        provider.GetRequiredService<IProfileHistory>(),
        provider.GetRequiredService<ITraitReader>(),
        provider.GetRequiredService<IFeatureValues>(),
        provider.GetRequiredService<IMemberships>(),
        provider.GetRequiredService<IConsent>())
    {
        Funnels = provider.GetService<IFunnelStages>() ?? IFunnelStages.None,
    };

    private static FactFeed CreateFeed(IServiceProvider provider)
    {
        var options = provider.GetRequiredService<SegmentOptions>();
        return new FactFeed(
            provider.GetRequiredService<IPartitions>().Count,
            SegmentState.FeedTable,
            SegmentState.FeedStateTable,
            new FeedLimits(options.FeedFacts, TimeSpan.FromDays(options.FeedDays)));
    }
}
