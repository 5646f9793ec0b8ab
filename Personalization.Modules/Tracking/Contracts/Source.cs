using Microsoft.AspNetCore.Http;

namespace Personalization.Tracking.Contracts;

/// <summary>Somewhere that events come from: one shop front, app or server, with a write key of its own.</summary>
/// <param name="Id">Stable number, from the log's own register; duplicates are recognised per source.</param>
/// <param name="Name">As configured.</param>
public sealed record Source(ushort Id, string Name);

/// <summary>Recognises sources by their write keys.</summary>
public interface ISourceDirectory
{
    /// <summary>
    /// The source of a request by what stands outside its body: Basic user name, bearer token, <c>X-Write-Key</c> or query
    /// <c>writeKey</c>, in this order. Null when none of them is a known key.
    /// </summary>
    Source? Authenticate(HttpContext context);

    /// <summary>
    /// The source that <c>Authorization</c> alone names. Events are found by it first, then by the key in their body, then by the other
    /// places: clients that go through a proxy carry its key there.
    /// </summary>
    Source? AuthenticateByHeader(HttpContext context);

    /// <summary>The source of a write key that stood in a body. Null when unknown.</summary>
    Source? Find(ReadOnlySpan<byte> writeKeyUtf8);

    /// <summary>The source of a Snowplow app id: one of its app ids, or its write key. Null when unknown.</summary>
    Source? FindApp(string appId);

    /// <summary>The source of this name: a configured one, or else one without a key, for events that are made inside.</summary>
    Source Named(string name);
}
