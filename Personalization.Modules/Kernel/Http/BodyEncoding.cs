using Microsoft.Extensions.Primitives;

namespace Personalization.Kernel.Http;

internal enum BodyEncoding : byte
{
    Identity,
    Gzip,
    Deflate,
    Brotli,
    Unknown,
}

internal static class BodyEncodings
{
    /// <summary>One encoding; a chain of several is unknown, because no client sends one and each link multiplies a bomb.</summary>
    public static BodyEncoding Of(StringValues contentEncoding) => contentEncoding.Count switch
    {
        0 => BodyEncoding.Identity,
        1 => Of(contentEncoding[0]),
        _ => BodyEncoding.Unknown,
    };

    private static BodyEncoding Of(string? name) => name?.Trim().ToLowerInvariant() switch
    {
        null or "" or "identity" => BodyEncoding.Identity,
        "gzip" or "x-gzip" => BodyEncoding.Gzip,
        "deflate" => BodyEncoding.Deflate,
        "br" => BodyEncoding.Brotli,
        _ => BodyEncoding.Unknown,
    };
}
