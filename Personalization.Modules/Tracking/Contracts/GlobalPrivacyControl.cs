using Microsoft.AspNetCore.Http;

namespace Personalization.Tracking.Contracts;

/// <summary>The browser's signal that its user does not want their data sold or shared (W3C Global Privacy Control).</summary>
public static class GlobalPrivacyControl
{
    /// <summary>
    /// Whether one of the request's <c>Sec-GPC</c> lines is exactly <c>1</c>; anything else counts as absent. Allocates nothing.
    /// </summary>
    public static bool IsSet(HttpRequest request)
    {
        if (!request.Headers.TryGetValue("Sec-GPC", out var lines))
        {
            return false;
        }

        foreach (var line in lines)
        {
            if (line is "1")
            {
                return true;
            }
        }

        return false;
    }
}
