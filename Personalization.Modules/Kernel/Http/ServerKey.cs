using System.Security.Cryptography;
using System.Text;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;

namespace Personalization.Kernel.Http;

/// <summary>
/// The keys of servers and people who may change the shop's data or read profiles: <c>Authorization: Bearer &lt;key&gt;</c>.
/// Compared in constant time. None configured means that nobody may.
/// </summary>
public sealed class ServerKeys
{
    private const string Scheme = "Bearer ";
    private readonly byte[][] _hashes;

    /// <param name="configuration">The <c>Personalization</c> section; <c>ServerKeys</c> is a list of texts.</param>
    public ServerKeys(IConfiguration configuration)
    {
        _hashes = (configuration.GetSection("ServerKeys").Get<string[]>() ?? [])
            .Where(key => key.Length > 0)
            .Select(key => SHA256.HashData(Encoding.UTF8.GetBytes(key)))
            .ToArray();
    }

    public bool IsServer(HttpContext context)
    {
        var header = context.Request.Headers.Authorization.ToString();
        if (!header.StartsWith(Scheme, StringComparison.OrdinalIgnoreCase))
        {
            return false;
        }

        var hash = SHA256.HashData(Encoding.UTF8.GetBytes(header[Scheme.Length..].Trim()));
        var isKnown = false;
        foreach (var known in _hashes)
        {
            isKnown |= CryptographicOperations.FixedTimeEquals(known, hash);
        }

        return isKnown;
    }
}

/// <summary>Guards endpoints with <see cref="ServerKeys"/>.</summary>
public static class ServerKeyExtensions
{
    public static readonly Problem ServerKeyRequired =
        new("security/server-key-required", "This needs a server key: Authorization: Bearer <key>", StatusCodes.Status401Unauthorized);

    public static TBuilder RequireServerKey<TBuilder>(this TBuilder builder)
        where TBuilder : IEndpointConventionBuilder
    {
        // Around the final delegate rather than an endpoint filter, so that plain request delegates are guarded too.
        builder.Finally(endpoint =>
        {
            var guarded = endpoint.RequestDelegate;
            if (guarded is null)
            {
                return;
            }

            endpoint.RequestDelegate = context =>
            {
                if (context.RequestServices.GetRequiredService<ServerKeys>().IsServer(context))
                {
                    return guarded(context);
                }

                context.Response.Headers.WWWAuthenticate = "Bearer";
                return ServerKeyRequired.WriteAsync(context);
            };
        });
        return builder;
    }
}
