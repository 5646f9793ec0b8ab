using System.Collections.Frozen;
using System.Security.Cryptography;
using System.Text;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Configuration;

namespace Personalization.Kernel.Http;

/// <summary>
/// The keys of servers and people who may change the shop's data or read profiles: <c>Authorization: Bearer &lt;key&gt;</c>.
/// Compared in constant time. None configured means that nobody may.
/// </summary>
public sealed class ServerKeys
{
    private const string Scheme = "Bearer ";
    private const int MaxNameLength = 64;
    private readonly (byte[] Hash, ServerKey Key)[] _keys;

    /// <param name="configuration">
    /// The <c>Personalization</c> section; <c>ServerKeys</c> is a list of texts, or of objects with <c>Name</c>, <c>Key</c> and
    /// <c>Roles</c>, or of both.
    /// </param>
    /// <exception cref="InvalidOperationException">A name, key or role that cannot be; the message names the place, never the key.</exception>
    public ServerKeys(IConfiguration configuration)
    {
        var keys = new List<(byte[] Hash, ServerKey Key)>();
        foreach (var (place, section) in configuration.GetSection("ServerKeys").GetChildren().Index())
        {
            if (Read(section, place + 1) is { } read)
            {
                keys.Add(read);
            }
        }

        // One person with two names could sign off their own changes, and two with one name could not.
        Demand(keys.DistinctBy(entry => entry.Key.Name, StringComparer.OrdinalIgnoreCase).Count() == keys.Count, "two keys have the same name");
        Demand(keys.DistinctBy(entry => Convert.ToHexString(entry.Hash)).Count() == keys.Count, "the same key stands there twice");
        _keys = [.. keys];
    }

    /// <summary>Whether an unrestricted key came with the request.</summary>
    public bool IsServer(HttpContext context) => Find(context) is { IsAdmin: true };

    /// <summary>The key that came with the request; null when none did, or none that is known.</summary>
    public ServerKey? Find(HttpContext context)
    {
        var header = context.Request.Headers.Authorization.ToString();
        return header.StartsWith(Scheme, StringComparison.OrdinalIgnoreCase) ? Find(header[Scheme.Length..]) : null;
    }

    /// <summary>The key of a text that came in another place than the header of authorization; null when it is none.</summary>
    public ServerKey? Find(string text)
    {
        var hash = SHA256.HashData(Encoding.UTF8.GetBytes(text.Trim()));
        ServerKey? found = null;
        foreach (var (known, key) in _keys)
        {
            // All of them, so that the time does not tell which.
            found = CryptographicOperations.FixedTimeEquals(known, hash) ? key : found;
        }

        return found;
    }

    private static (byte[] Hash, ServerKey Key)? Read(IConfigurationSection section, int place)
    {
        var key = section["Key"] ?? section.Value;
        var name = section["Name"] ?? $"key-{place}";
        if (string.IsNullOrEmpty(key))
        {
            Demand(section["Name"] is null && section["Key"] is null, $"number {place} has no Key");
            return null;
        }

        Demand(
            name.Length is > 0 and <= MaxNameLength && name.All(c => char.IsAsciiLetterOrDigit(c) || c is '-' or '_' or '.' or '@'),
            $"the Name of number {place} must be 1 to {MaxNameLength} of a-z, A-Z, 0-9, '-', '_', '.' and '@'");
        var roles = section.GetSection("Roles").GetChildren().Select(role => role.Value ?? "").ToFrozenSet(StringComparer.Ordinal);
        Demand(roles.IsSubsetOf(ServerRoles.All), $"a role of '{name}' is none of {string.Join(", ", ServerRoles.All.Order(StringComparer.Ordinal))}");
        return (
            SHA256.HashData(Encoding.UTF8.GetBytes(key.Trim())),
            new ServerKey(name, roles.Count > 0 ? roles : FrozenSet.Create(ServerRoles.Admin)));
    }

    private static void Demand(bool isMet, string fault)
    {
        if (!isMet)
        {
            throw new InvalidOperationException($"Personalization:ServerKeys: {fault}.");
        }
    }
}
