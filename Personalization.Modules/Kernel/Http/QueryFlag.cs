using Microsoft.Extensions.Primitives;

namespace Personalization.Kernel.Http;

/// <summary>A switch in an address: <c>?dryRun</c>, <c>?dryRun=true</c>. Whoever only wants to look must not act by a slip, so what is neither yes nor no is a fault.</summary>
internal static class QueryFlag
{
    /// <summary>False when it is absent; null for what is neither.</summary>
    public static bool? Of(StringValues value) => ((string?)value)?.ToLowerInvariant() switch
    {
        null or "false" or "0" => false,
        "true" or "1" or "" => true,
        _ => null,
    };
}
