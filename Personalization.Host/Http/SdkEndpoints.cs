namespace Personalization.Host.Http;

/// <summary>The browser SDK: the module, the classic script and the declarations, for pages of any site.</summary>
internal static class SdkEndpoints
{
    private static readonly (string Name, string ContentType)[] Files =
    [
        ("personalization.js", "text/javascript; charset=utf-8"),
        ("personalization.iife.js", "text/javascript; charset=utf-8"),
        ("personalization.d.ts", "text/plain; charset=utf-8"),
    ];

    public static IEndpointRouteBuilder MapSdk(this IEndpointRouteBuilder endpoints)
    {
        foreach (var (name, contentType) in Files)
        {
            var asset = WebAsset.Load(name, contentType);
            endpoints.MapMethods("/sdk/" + name, [HttpMethods.Get, HttpMethods.Head], asset.Serve);
        }

        return endpoints;
    }
}
