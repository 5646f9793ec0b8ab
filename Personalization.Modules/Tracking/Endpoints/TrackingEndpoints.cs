using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;
using Personalization.Tracking.Contracts;

namespace Personalization.Tracking.Endpoints;

/// <summary>The collection protocol: Segment's HTTP API as its clients speak it.</summary>
internal static class TrackingEndpoints
{
    public static void Map(IEndpointRouteBuilder endpoints)
    {
        var collect = endpoints.ServiceProvider.GetRequiredService<CollectEndpoint>();
        foreach (var (path, type) in Routes)
        {
            endpoints.MapPost(path, collect.For(type));
        }
    }

    private static readonly (string Path, EventType Type)[] Routes =
    [
        ("/v1/track", EventType.Track),
        ("/v1/identify", EventType.Identify),
        ("/v1/page", EventType.Page),
        ("/v1/screen", EventType.Screen),
        ("/v1/group", EventType.Group),
        ("/v1/alias", EventType.Alias),
        ("/v1/batch", default),
    ];
}
