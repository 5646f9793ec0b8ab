using Microsoft.AspNetCore.Http;
using Personalization.Kernel.Http;

namespace Personalization.Features.Endpoints;

/// <summary>The refusals of the catalogue endpoints. Their types stay.</summary>
internal static class CatalogProblems
{
    public static readonly Problem Malformed = new("features/malformed-catalog", "The body cannot be read", StatusCodes.Status400BadRequest);
    public static readonly Problem Invalid = new("features/invalid-item", "Nothing in the body is valid", StatusCodes.Status400BadRequest);
    public static readonly Problem UnknownItem = new("features/unknown-item", "The catalogue has no such item", StatusCodes.Status404NotFound);
    public static readonly Problem TooLarge = new("features/catalog-too-large", "The body is larger than allowed", StatusCodes.Status413PayloadTooLarge);
    public static readonly Problem UnknownEncoding = new("features/unknown-encoding", "The Content-Encoding is not gzip, deflate or br", StatusCodes.Status415UnsupportedMediaType);
    public static readonly Problem LaneFull = new("features/lane-full", "More waits for the log than may", StatusCodes.Status429TooManyRequests);
    public static readonly Problem PipelineBehind = new("features/pipeline-behind", "Changes come in faster than they are applied", StatusCodes.Status429TooManyRequests);
    public static readonly Problem Stopping = new("features/stopping", "The process is stopping", StatusCodes.Status503ServiceUnavailable);
    public static readonly Problem CommitFailed = new("features/commit-failed", "The change could not be written to disk", StatusCodes.Status503ServiceUnavailable);
}
