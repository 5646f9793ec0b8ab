using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;
using Personalization.Kernel.Http;
using Personalization.Tracking.Contracts;

namespace Personalization.Tracking.Endpoints;

/// <summary>
/// The collection protocol: Segment's HTTP API as its clients and those that speak like it (RudderStack, Jitsu) use it. The other
/// dialects are mapped by <see cref="ClientsRegistration"/>. A slash at the end of a path is never redirected: routing ignores it.
/// </summary>
internal static class TrackingEndpoints
{
    public static void Map(IEndpointRouteBuilder endpoints)
    {
        var collect = endpoints.ServiceProvider.GetRequiredService<CollectEndpoint>();
        foreach (var (path, type) in Routes)
        {
            endpoints.MapPost(path, collect.For(type)).AnswerForItself().AllowCrossOrigin();
            endpoints.MapPreflight(path);
        }

        foreach (var type in Enum.GetValues<EventType>())
        {
            foreach (var path in JitsuPaths)
            {
                endpoints.MapPost(path + type.ToString().ToLowerInvariant(), collect.For(type, AnswerForm.Jitsu)).AnswerForItself().AllowCrossOrigin();
                endpoints.MapPreflight(path + type.ToString().ToLowerInvariant());
            }
        }
    }

    /// <summary>Browsers, and what Jitsu calls server to server.</summary>
    private static readonly string[] JitsuPaths = ["/api/s/", "/api/s/s2s/"];

    /// <summary>Long names as servers use them, short ones as Segment's browser client does, and where RudderStack's sends its beacons.</summary>
    private static readonly (string Path, EventType Type)[] Routes =
    [
        ("/v1/track", EventType.Track),
        ("/v1/identify", EventType.Identify),
        ("/v1/page", EventType.Page),
        ("/v1/screen", EventType.Screen),
        ("/v1/group", EventType.Group),
        ("/v1/alias", EventType.Alias),
        ("/v1/batch", default),
        ("/v1/t", EventType.Track),
        ("/v1/i", EventType.Identify),
        ("/v1/p", EventType.Page),
        ("/v1/s", EventType.Screen),
        ("/v1/g", EventType.Group),
        ("/v1/a", EventType.Alias),
        ("/v1/b", default),
        ("/beacon/v1/batch", default),
    ];
}
