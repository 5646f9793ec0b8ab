using Microsoft.AspNetCore.Http;
using Personalization.Kernel.Http;

namespace Personalization.Consent.Endpoints;

/// <summary>The refusals of the consent endpoints. Their types stay.</summary>
internal static class ConsentProblems
{
    public static readonly Problem KeyRequired =
        new("consent/key-required", "This needs a write key of a source, or a server key", StatusCodes.Status401Unauthorized);

    public static readonly Problem InvalidStatement =
        new("consent/invalid-statement", "Some fields of the statement are invalid", StatusCodes.Status400BadRequest);

    public static readonly Problem BodyTooLarge =
        new("consent/body-too-large", "The body is larger than 64 KiB", StatusCodes.Status413PayloadTooLarge);

    public static readonly Problem Refused =
        new("consent/refused", "The statement was refused as an event; it is among the dead letters", StatusCodes.Status422UnprocessableEntity);

    public static readonly Problem UnknownProfile =
        new("consent/unknown-profile", "There is no such profile", StatusCodes.Status404NotFound);

    public static readonly Problem NoIdentifiers =
        new("consent/no-identifiers", "No event of this profile is left that tells its identifiers", StatusCodes.Status409Conflict);

    public static readonly Problem InvalidQuery =
        new("consent/invalid-query", "Some parameters of the query are invalid", StatusCodes.Status400BadRequest);
}
