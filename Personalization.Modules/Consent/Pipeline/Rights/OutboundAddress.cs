using System.Net;
using System.Net.Sockets;

namespace Personalization.Consent.Pipeline.Rights;

/// <summary>Which addresses of a request's own choosing this process may call. What is not public could be one of our own machines.</summary>
internal static class OutboundAddress
{
    private const int MaxLength = 2_048;

    private static readonly IPNetwork[] NotPublic =
    [
        .. new[]
        {
            "0.0.0.0/8", "10.0.0.0/8", "100.64.0.0/10", "127.0.0.0/8", "169.254.0.0/16", "172.16.0.0/12", "192.0.0.0/24", "192.0.2.0/24",
            "192.88.99.0/24", "192.168.0.0/16", "198.18.0.0/15", "198.51.100.0/24", "203.0.113.0/24", "224.0.0.0/4", "240.0.0.0/4",
            "2001::/23", "2001:db8::/32", "2002::/16",
        }.Select(IPNetwork.Parse),
    ];

    /// <summary>All that is handed out as global unicast (RFC 4291); what maps to IPv4 elsewhere (NAT64) is left out with the rest.</summary>
    private static readonly IPNetwork GlobalUnicast = IPNetwork.Parse("2000::/3");

    /// <summary>Null when the text is no http(s) address without a user's name in it.</summary>
    public static Uri? Parse(string? text) =>
        text is { Length: <= MaxLength } && Uri.TryCreate(text, UriKind.Absolute, out var url) &&
        (url.Scheme == Uri.UriSchemeHttp || url.Scheme == Uri.UriSchemeHttps) && url.UserInfo.Length == 0 && url.Fragment.Length == 0
            ? url
            : null;

    /// <summary>Whether the address is one of the public internet.</summary>
    public static bool IsPublic(IPAddress address)
    {
        var plain = address.IsIPv4MappedToIPv6 ? address.MapToIPv4() : address;
        return (plain.AddressFamily == AddressFamily.InterNetwork || GlobalUnicast.Contains(plain)) &&
            !NotPublic.Any(network => network.BaseAddress.AddressFamily == plain.AddressFamily && network.Contains(plain));
    }
}
