using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Options;
using Personalization.Tracking.Domain.Dialects;

namespace Personalization.Tracking.Endpoints;

/// <summary>The cookie <c>sp</c> of Snowplow's collectors: the "network user", one browser across the shop's domains.</summary>
internal sealed class SnowplowCookie(IOptions<ClientsOptions> options, TimeProvider time)
{
    private const string Name = "sp";

    /// <summary>Ours are GUIDs; longer texts are nobody's.</summary>
    private const int MaxLength = 64;

    /// <summary>For a request of another site, which is what a tracker's request usually is, and out of reach of the page's scripts.</summary>
    private static CookieOptions Usual => new()
    {
        Path = "/",
        SameSite = SameSiteMode.None,
        Secure = true,
        HttpOnly = true,
    };

    /// <summary>
    /// Completes a request with who the cookie says the browser is, and sees to the cookie in the answer. With <c>SP-Anonymous</c>, nobody is
    /// recognised and an old cookie ends.
    /// </summary>
    public DialectRequest Recognise(HttpContext context, DialectRequest request)
    {
        var known = context.Request.Cookies[Name];
        if (context.Request.Headers.ContainsKey("SP-Anonymous"))
        {
            if (known is not null)
            {
                context.Response.Cookies.Delete(Name, Usual);
            }

            return request with { IsAnonymous = true };
        }

        if (known is not { Length: > 0 and <= MaxLength })
        {
            known = options.Value.SetsSnowplowCookie ? Guid.CreateVersion7(time.GetUtcNow()).ToString() : null;
        }

        if (known is not null && options.Value.SetsSnowplowCookie)
        {
            var lasting = Usual;
            lasting.MaxAge = TimeSpan.FromDays(365);
            context.Response.Cookies.Append(Name, known, lasting);
        }

        return request with { NetworkUserId = known };
    }
}
