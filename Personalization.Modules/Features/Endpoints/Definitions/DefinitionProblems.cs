using Microsoft.AspNetCore.Http;
using Personalization.Kernel.Http;

namespace Personalization.Features.Endpoints.Definitions;

/// <summary>The refusals of all endpoints of definitions. Their types stay.</summary>
internal static class DefinitionProblems
{
    public static readonly Problem Malformed = new("features/malformed-definition", "The body is not JSON", StatusCodes.Status400BadRequest);
    public static readonly Problem Invalid = new("features/invalid-definition", "The definition has faults", StatusCodes.Status400BadRequest);
    public static readonly Problem InvalidId = new("features/invalid-definition-id", "An id is 1 to 64 of a-z, 0-9, '-' and '_'", StatusCodes.Status400BadRequest);
    public static readonly Problem InvalidQuery = new("features/invalid-definition-query", "The query has faults", StatusCodes.Status400BadRequest);
    public static readonly Problem Unknown = new("features/unknown-definition", "There is no such definition", StatusCodes.Status404NotFound);
    public static readonly Problem Refused = new("features/definition-refused", "The change cannot be made now", StatusCodes.Status409Conflict);
    public static readonly Problem TooLarge = new("features/definition-too-large", "The definition is larger than allowed", StatusCodes.Status413PayloadTooLarge);
    public static readonly Problem QueueFull = new("features/definition-queue-full", "More waits for the log than may", StatusCodes.Status429TooManyRequests);
    public static readonly Problem Stopping = new("features/definition-stopping", "The process is stopping", StatusCodes.Status503ServiceUnavailable);
    public static readonly Problem CommitFailed = new("features/definition-commit-failed", "The change could not be written to disk", StatusCodes.Status503ServiceUnavailable);
}
