using System.ComponentModel.DataAnnotations;

namespace Personalization.Tracking;

/// <summary>What the ready-made tracking clients of other products need from us. Section <c>Personalization:Tracking:Clients</c>.</summary>
public sealed class ClientsOptions : IValidatableObject
{
    public const string Section = "Tracking:Clients";

    /// <summary>
    /// Address that browsers reach this process at, for example <c>https://collect.shop.example</c>; clients that ask for their settings
    /// are sent there. Default empty: the scheme and host of the request, which is wrong only behind a proxy that ends TLS.
    /// </summary>
    public string PublicUrl { get; set; } = "";

    /// <summary>
    /// File of a build of Segment's analytics.js, which <c>/analytics.js/v1/{writeKey}/analytics.min.js</c> serves to its snippet. Default
    /// empty: no such build comes with this product.
    /// </summary>
    public string AnalyticsJsPath { get; set; } = "";

    /// <summary>
    /// More addresses for Snowplow's trackers to post to, for example <c>/shop/events</c>, as their <c>postPath</c> or
    /// <c>customPostPath</c> says: blocking lists know the usual one. Default none; any <c>/{vendor}/{version}</c> whose vendor has a dot,
    /// as in <c>/com.example/tp2</c>, is taken without being listed.
    /// </summary>
    public IList<string> SnowplowPaths { get; } = [];

    /// <summary>
    /// Whether Snowplow's browsers get a cookie <c>sp</c> for a year, which knows a browser across the shop's domains. Default false: to
    /// set one, a shop needs its visitors' consent, and the trackers have a first-party id of their own. One that is there already is
    /// read either way, unless the tracker asks for anonymity.
    /// </summary>
    public bool SetsSnowplowCookie { get; set; }

    public IEnumerable<ValidationResult> Validate(ValidationContext validationContext)
    {
        if (PublicUrl.Length > 0 && !(Uri.TryCreate(PublicUrl, UriKind.Absolute, out var url) && url.Scheme is "http" or "https"))
        {
            yield return new ValidationResult(
                $"Personalization:Tracking:Clients:PublicUrl: '{PublicUrl}' is no address. Write it whole: https://collect.shop.example",
                [nameof(PublicUrl)]);
        }

        foreach (var path in SnowplowPaths.Where(path => !path.StartsWith('/') || path.AsSpan().ContainsAny("{}?#*")))
        {
            yield return new ValidationResult(
                $"Personalization:Tracking:Clients:SnowplowPaths: '{path}' is no path. Write it from the root on: /shop/events",
                [nameof(SnowplowPaths)]);
        }
    }
}
