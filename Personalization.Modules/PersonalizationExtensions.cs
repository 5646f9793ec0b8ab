using MediatR;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Personalization.Consent;
using Personalization.Consent.Endpoints;
using Personalization.Decisioning;
using Personalization.Features;
using Personalization.Identity;
using Personalization.Kernel;
using Personalization.Kernel.Audit;
using Personalization.Kernel.Pipelines;
using Personalization.Kernel.Replay;
using Personalization.Tracking;

namespace Personalization;

/// <summary>
/// The way in for a shop: <c>services.AddPersonalization(configuration)</c> and <c>app.MapPersonalization()</c>, then
/// <see cref="Decisioning.Contracts.IPersonalizer"/> from the container.
/// </summary>
public static class PersonalizationExtensions
{
    public const string Section = "Personalization";

    /// <summary>
    /// Adds everything. The order of the modules is the way of an event: it is the order of the sequencer's steps and of the
    /// stages, and a module may use the contracts of those before it only.
    /// </summary>
    /// <param name="services">The shop's services.</param>
    /// <param name="configuration">The application's configuration; the section <see cref="Section"/> is read.</param>
    public static IServiceCollection AddPersonalization(this IServiceCollection services, IConfiguration configuration)
    {
        var section = configuration.GetSection(Section);
        AddMediator(services);
        services.AddKernel(section);
        services.AddTracking(section);
        services.AddIdentity(section);
        services.AddConsent(section);
        services.AddFeatures(section);
        services.AddDecisioning(section);
        return services;
    }

    /// <summary>
    /// Lets the runtime compile hot code anew at a lower priority than everything else does its work, so that the first minutes of a process on one or two cores are
    /// not its slowest. It concerns the whole process, so a shop that embeds this decides; the product's own program has it. On Linux only; elsewhere it does nothing.
    /// </summary>
    public static IServiceCollection AddLowPriorityTieredCompilation(this IServiceCollection services)
    {
        services.TryAddSingleton(TimeProvider.System);
        return services.AddHostedService<CompilerPriority>();
    }

    /// <summary>Maps every endpoint under <c>/v1</c>.</summary>
    public static IEndpointRouteBuilder MapPersonalization(this IEndpointRouteBuilder endpoints)
    {
        endpoints.MapAudit();
        endpoints.MapKernel();
        endpoints.MapTracking();
        endpoints.MapIdentity();
        endpoints.MapResidency();
        endpoints.MapConsent();
        endpoints.MapFeatures();
        endpoints.MapDecisioning();
        return endpoints;
    }

    /// <summary>MediatR 5.1 brings no registration of its own; handlers are registered by their modules.</summary>
    private static void AddMediator(IServiceCollection services)
    {
        services.AddSingleton<ServiceFactory>(provider => provider.GetRequiredService);
        services.AddSingleton<IMediator, Mediator>();
        services.ReplaceInReplay<IMediator>(static _ => new SilentMediator());
    }

    /// <summary>In a replay nothing is news.</summary>
    private sealed class SilentMediator : IMediator
    {
        public Task Publish<TNotification>(TNotification notification, CancellationToken cancellationToken = default)
            where TNotification : INotification => Task.CompletedTask;

        public Task<TResponse> Send<TResponse>(IRequest<TResponse> request, CancellationToken cancellationToken = default) =>
            throw new NotSupportedException("Nothing is asked for in a replay.");
    }
}
