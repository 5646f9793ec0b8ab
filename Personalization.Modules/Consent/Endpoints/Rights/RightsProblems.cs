using Microsoft.AspNetCore.Http;
using Personalization.Kernel.Http;

namespace Personalization.Consent.Endpoints.Rights;

/// <summary>What the endpoints of people's rights refuse.</summary>
internal static class RightsProblems
{
    public static readonly Problem BadRequest = new("privacy/bad-request", "The request cannot be understood", StatusCodes.Status400BadRequest);

    public static readonly Problem BodyTooLarge = new("privacy/body-too-large", "The body is too large", StatusCodes.Status413PayloadTooLarge);

    public static readonly Problem UnknownRequest = new("privacy/unknown-request", "There is no such request", StatusCodes.Status404NotFound);

    public static readonly Problem NotPossible = new("privacy/not-possible-now", "The state of the request does not allow this", StatusCodes.Status409Conflict);

    public static readonly Problem NoCertificate = new("privacy/no-certificate", "There is no certificate, or not yet", StatusCodes.Status404NotFound);

    public static readonly Problem TooManyOpen = new("privacy/too-many-open", "Too many requests are open", StatusCodes.Status503ServiceUnavailable);

    /// <summary>The same for a wrong key, so that nobody learns which links there were.</summary>
    public static readonly Problem UnknownExport = new("privacy/unknown-export", "There is nothing under this link", StatusCodes.Status404NotFound);

    public static readonly Problem ExportEnded = new("privacy/export-ended", "The link has expired or was used as often as it may be", StatusCodes.Status410Gone);
}
