using Microsoft.AspNetCore.Http;
using Personalization.Kernel.Http;

namespace Personalization.Tracking.Endpoints.Schemas;

/// <summary>The refusals of the schema registry. Their types stay.</summary>
internal static class SchemaProblems
{
    public static readonly Problem UnknownSchema = new("tracking/unknown-schema", "There is no such schema", StatusCodes.Status404NotFound);
    public static readonly Problem InvalidEventName = new("tracking/invalid-event-name", "No event can have a schema under this name", StatusCodes.Status400BadRequest);
    public static readonly Problem InvalidMode = new("tracking/invalid-schema-mode", "The mode must be enforce, warn or allow", StatusCodes.Status400BadRequest);
    public static readonly Problem InvalidPayload = new("tracking/invalid-payload", "The body is not a JSON document that can be validated", StatusCodes.Status400BadRequest);
    public static readonly Problem BodyTooLarge = new("tracking/schema-too-large", "The body is larger than allowed", StatusCodes.Status413PayloadTooLarge);
    public static readonly Problem UnreadableBody = new("tracking/unreadable-schema-body", "The body cannot be read", StatusCodes.Status400BadRequest);
    public static readonly Problem InvalidSchema = new("tracking/invalid-schema", "This is not a schema that can be used", StatusCodes.Status422UnprocessableEntity);
    public static readonly Problem IncompatibleSchema = new("tracking/incompatible-schema", "The new version may refuse what the one before accepts", StatusCodes.Status409Conflict);
    public static readonly Problem TooManySchemas = new("tracking/too-many-schemas", "There are as many schemas as there may be", StatusCodes.Status409Conflict);
}
