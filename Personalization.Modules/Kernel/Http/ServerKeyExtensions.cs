using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Personalization.Kernel.Audit;

namespace Personalization.Kernel.Http;

/// <summary>Guards endpoints with <see cref="ServerKeys"/>, and audits what changes something behind them.</summary>
public static class ServerKeyExtensions
{
    public static readonly Problem ServerKeyRequired =
        new("security/server-key-required", "This needs a server key: Authorization: Bearer <key>", StatusCodes.Status401Unauthorized);

    public static readonly Problem RoleRequired =
        new("security/role-required", "This key may not do that", StatusCodes.Status403Forbidden);

    /// <summary>
    /// 401 without a known key, 403 with one that has none of the roles. A request that may change something is in the audit log, on disk, before
    /// its answer leaves: no module can forget it.
    /// </summary>
    /// <param name="builder">One endpoint or a group.</param>
    /// <param name="roles">Who may, besides <see cref="ServerRoles.Admin"/> and, for reading, <see cref="ServerRoles.Reader"/>.</param>
    public static TBuilder RequireServerKey<TBuilder>(this TBuilder builder, params string[] roles)
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

            endpoint.Metadata.Add(new RequiresServerKey(roles));
            endpoint.RequestDelegate = context => HandleAsync(context, guarded, roles);
        });
        return builder;
    }

    /// <summary>The name of the key that the request came with.</summary>
    /// <exception cref="InvalidOperationException">The endpoint is not behind <see cref="RequireServerKey"/>.</exception>
    public static string Actor(this HttpContext context) =>
        context.Features.Get<ServerKey>()?.Name ?? throw new InvalidOperationException("Only an endpoint behind RequireServerKey has an actor.");

    private static Task HandleAsync(HttpContext context, RequestDelegate guarded, string[] roles)
    {
        if (context.RequestServices.GetRequiredService<ServerKeys>().Find(context) is not { } key)
        {
            context.Response.Headers.WWWAuthenticate = "Bearer";
            return ServerKeyRequired.WriteAsync(context);
        }

        context.Features.Set(key);
        if (AuditedRequest.IsAudited(context))
        {
            return key.May(context.Request.Method, roles)
                ? AuditedRequest.RunAsync(context, guarded, key)
                : AuditedRequest.RunAsync(context, RefuseAsync, key);
        }

        return key.May(context.Request.Method, roles) ? guarded(context) : RefuseAsync(context);
    }

    private static Task RefuseAsync(HttpContext context) => RoleRequired.WriteAsync(context);
}

/// <summary>Metadata of an endpoint that only server keys reach.</summary>
/// <param name="Roles">Who may besides administrators; empty for nobody else.</param>
internal sealed record RequiresServerKey(IReadOnlyList<string> Roles);
