using Microsoft.AspNetCore.Http;

namespace Personalization.Features.Endpoints;

/// <summary>The item id at the end of an address.</summary>
internal static class ItemRoute
{
    public const string Pattern = "/{**id}";

    /// <summary>The server decodes everything but the slash, which an id may contain as well as anything else.</summary>
    public static string IdOf(HttpContext context) =>
        ((string?)context.Request.RouteValues["id"] ?? "").Replace("%2F", "/", StringComparison.OrdinalIgnoreCase);
}
