using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;
using Personalization.Kernel;
using Personalization.Kernel.Http;
using Personalization.Tracking.Contracts;
using Personalization.Tracking.Domain.Dialects;

namespace Personalization.Tracking.Endpoints;

/// <summary>The addresses that ready-made clients of other products expect, beside Segment's own.</summary>
internal static class ClientsRegistration
{
    /// <summary>
    /// Posts to <c>/{vendor}/{version}</c> are Snowplow's. The dot keeps them apart from every address of ours: none begins with a name that
    /// has one, but <c>/analytics.js</c>, which is longer.
    /// </summary>
    private const string SnowplowAlias = "/{vendor:regex(^[A-Za-z0-9_-]+(\\.[A-Za-z0-9_-]+)+$)}/{version:regex(^[A-Za-z0-9_-]+$)}";

    private static readonly string[] SnowplowPixels = ["/i", "/ice.png"];

    private static readonly string[] PostHogPaths = ["/e", "/batch", "/capture", "/i/v0/e"];

    public static void AddClients(this IServiceCollection services, IConfiguration configuration)
    {
        services.AddValidatedOptions<ClientsOptions>(configuration, ClientsOptions.Section);
        services.AddSingleton<CollectAnswers>();
        services.AddSingleton<DialectEndpoint>();
        services.AddSingleton<SnowplowCookie>();
        services.AddSingleton<SettingsEndpoints>();
        services.AddSingleton<ClientMetricsEndpoint>();
    }

    public static void MapClients(this IEndpointRouteBuilder endpoints)
    {
        MapEvents(endpoints);
        MapSettings(endpoints);
    }

    private static void MapEvents(IEndpointRouteBuilder endpoints)
    {
        var services = endpoints.ServiceProvider;
        var maxEventBytes = services.GetRequiredService<IOptions<TrackingOptions>>().Value.MaxEventBytes;
        var dialects = services.GetRequiredService<DialectEndpoint>();
        var snowplow = new SnowplowDialect(maxEventBytes);
        foreach (var path in services.GetRequiredService<IOptions<ClientsOptions>>().Value.SnowplowPaths.Append(SnowplowAlias))
        {
            Open(endpoints, path, [HttpMethods.Post], dialects.For(snowplow, AnswerForm.Snowplow));
        }

        foreach (var path in SnowplowPixels)
        {
            Open(
                endpoints, path, [HttpMethods.Get, HttpMethods.Head, HttpMethods.Post], dialects.For(snowplow, AnswerForm.Pixel));
        }

        var postHog = new PostHogDialect();
        foreach (var path in PostHogPaths)
        {
            Open(endpoints, path, [HttpMethods.Post], dialects.For(postHog, AnswerForm.PostHog));
        }

        var pixel = new PixelDialect(maxEventBytes);
        foreach (var type in Enum.GetValues<EventType>())
        {
            var name = type.ToString().ToLowerInvariant();
            Open(endpoints, $"/pixel/v1/{name}", [HttpMethods.Get], dialects.For(pixel, AnswerForm.Pixel, type));
            Open(endpoints, $"/v1/pixel/{name}", [HttpMethods.Get], dialects.For(pixel, AnswerForm.Pixel, type));
        }
    }

    private static void MapSettings(IEndpointRouteBuilder endpoints)
    {
        var settings = endpoints.ServiceProvider.GetRequiredService<SettingsEndpoints>();
        Open(endpoints, "/v1/projects/{writeKey}/settings", [HttpMethods.Get], settings.SegmentAsync);
        Open(endpoints, "/analytics.js/v1/{writeKey}/analytics.min.js", [HttpMethods.Get, HttpMethods.Head], settings.AnalyticsJsAsync);
        Open(endpoints, "/sourceConfig", [HttpMethods.Get], settings.RudderStackAsync);
        Open(endpoints, "/array/{token}/config", [HttpMethods.Get], settings.PostHogAsync);
        Open(endpoints, "/flags", [HttpMethods.Post], SettingsEndpoints.PostHogFlagsAsync);
        Open(endpoints, "/decide", [HttpMethods.Post], SettingsEndpoints.PostHogFlagsAsync);
        Open(endpoints, "/v1/m", [HttpMethods.Post], endpoints.ServiceProvider.GetRequiredService<ClientMetricsEndpoint>().HandleAsync);
    }

    private static void Open(IEndpointRouteBuilder endpoints, string path, string[] methods, RequestDelegate handle)
    {
        endpoints.MapMethods(path, methods, handle).AllowCrossOrigin();
        endpoints.MapPreflight(path);
    }
}
