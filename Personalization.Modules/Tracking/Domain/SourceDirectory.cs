using System.Collections.Concurrent;
using System.Collections.Frozen;
using System.Text;
using Microsoft.AspNetCore.Http;
using Personalization.Tracking.Contracts;

namespace Personalization.Tracking.Domain;

/// <summary>
/// The configured sources, found by write key. Keys are looked up in ordinary hash tables: a write key is public by design (it stands
/// in every shop page), so there is no secret that the time of a comparison could give away.
/// </summary>
internal sealed class SourceDirectory : ISourceDirectory
{
    /// <summary>Longer headers cannot hold a key and are not decoded.</summary>
    private const int MaxHeaderLength = 1024;

    private readonly FrozenDictionary<string, Source> _byKey;
    private readonly FrozenDictionary<string, Source>.AlternateLookup<ReadOnlySpan<char>> _byKeySpan;

    /// <summary>Whole values of <c>Authorization</c> as clients usually write them, so that they need no decoding.</summary>
    private readonly FrozenDictionary<string, Source> _byHeader;
    private readonly FrozenDictionary<string, Source> _byAppId;
    private readonly ConcurrentDictionary<string, Source> _byName = new(StringComparer.Ordinal);
    private readonly ISourceRegister _register;

    /// <param name="sources">Names, write keys and app ids, each unique.</param>
    /// <param name="register">Gives each name its stable number.</param>
    public SourceDirectory(IEnumerable<SourceOptions> sources, ISourceRegister register)
    {
        _register = register;
        var configured = sources.Select(source => (Options: source, Source: new Source(register.IdOf(source.Name), source.Name))).ToList();
        var byKey = configured.ToDictionary(entry => entry.Options.WriteKey, entry => entry.Source);
        foreach (var source in byKey.Values)
        {
            _byName.TryAdd(source.Name, source);
        }

        _byAppId = configured
            .SelectMany(entry => entry.Options.AppIds, (entry, appId) => KeyValuePair.Create(appId, entry.Source))
            .ToFrozenDictionary();
        _byKey = byKey.ToFrozenDictionary();
        _byKeySpan = _byKey.GetAlternateLookup<ReadOnlySpan<char>>();
        _byHeader = byKey
            .SelectMany(entry => Headers(entry.Key), (entry, header) => KeyValuePair.Create(header, entry.Value))
            .ToFrozenDictionary();
    }

    public Source? AuthenticateByHeader(HttpContext context) =>
        context.Request.Headers.Authorization is [{ } authorization]
            ? _byHeader.GetValueOrDefault(authorization) ?? FindInHeader(authorization)
            : null;

    public Source? Authenticate(HttpContext context)
    {
        if (AuthenticateByHeader(context) is { } byHeader)
        {
            return byHeader;
        }

        var headers = context.Request.Headers;
        if (headers.TryGetValue("X-Write-Key", out var values) && values is [{ } key] && FindWithOrWithoutSecret(key) is { } byKey)
        {
            return byKey;
        }

        return context.Request.QueryString.HasValue && context.Request.Query["writeKey"] is [{ } query] ? Find(query) : null;
    }

    public Source? FindApp(string appId) => _byAppId.GetValueOrDefault(appId) ?? Find(appId);

    public Source? Find(ReadOnlySpan<byte> writeKeyUtf8)
    {
        Span<char> key = stackalloc char[SourceOptions.MaxWriteKeyLength];
        return Encoding.UTF8.TryGetChars(writeKeyUtf8, key, out var length) ? Find(key[..length]) : null;
    }

    public Source Named(string name) =>
        _byName.GetOrAdd(name, static (missing, register) => new Source(register.IdOf(missing), missing), _register);

    private Source? Find(ReadOnlySpan<char> key) => _byKeySpan.TryGetValue(key, out var source) ? source : null;

    private static string[] Headers(string key) =>
    [
        "Basic " + Convert.ToBase64String(Encoding.UTF8.GetBytes(key + ":")),
        "Basic " + Convert.ToBase64String(Encoding.UTF8.GetBytes(key)),
        "Bearer " + key,
    ];

    /// <summary>The rare spellings: other case of the scheme, a password behind the colon, more spaces, base64 without padding.</summary>
    private Source? FindInHeader(string authorization)
    {
        if (authorization.Length > MaxHeaderLength)
        {
            return null;
        }

        var value = authorization.AsSpan().Trim();
        if (value.StartsWith("Bearer ", StringComparison.OrdinalIgnoreCase))
        {
            return Find(value["Bearer ".Length..].Trim());
        }

        return value.StartsWith("Basic ", StringComparison.OrdinalIgnoreCase) ? FindInBasic(value["Basic ".Length..].Trim()) : null;
    }

    private Source? FindInBasic(ReadOnlySpan<char> credentials)
    {
        var padded = credentials.ToString().PadRight((credentials.Length + 3) / 4 * 4, '=');
        var decoded = new byte[padded.Length];
        if (!Convert.TryFromBase64String(padded, decoded, out var length))
        {
            return null;
        }

        var colon = decoded.AsSpan(0, length).IndexOf((byte)':');
        return Find(decoded.AsSpan(0, colon < 0 ? length : colon));
    }

    /// <summary>Jitsu writes <c>key:secret</c>; the secret is not ours to check.</summary>
    private Source? FindWithOrWithoutSecret(string key)
    {
        var colon = key.IndexOf(':', StringComparison.Ordinal);
        return Find(key) ?? (colon > 0 ? Find(key.AsSpan(0, colon)) : null);
    }
}
