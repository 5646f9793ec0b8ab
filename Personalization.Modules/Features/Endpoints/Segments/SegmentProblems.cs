using Microsoft.AspNetCore.Http;
using Personalization.Kernel.Http;

namespace Personalization.Features.Endpoints.Segments;

/// <summary>The refusals of the endpoints of segments. Their types stay.</summary>
internal static class SegmentProblems
{
    public static readonly Problem UnknownSegment = new("features/unknown-segment", "There is no such segment", StatusCodes.Status404NotFound);
    public static readonly Problem UnknownVersion = new("features/unknown-segment-version", "The segment has no such version", StatusCodes.Status404NotFound);
    public static readonly Problem UnknownProfile = new("features/unknown-profile", "There is no such profile", StatusCodes.Status404NotFound);
    public static readonly Problem InvalidQuery = new("features/invalid-query", "The query cannot be read", StatusCodes.Status400BadRequest);
    public static readonly Problem CursorExpired = new("features/cursor-expired", "Changes behind this cursor are not kept any more", StatusCodes.Status410Gone);
    public static readonly Problem TooManyStreams = new("features/too-many-streams", "As many streams of changes are open as may be", StatusCodes.Status429TooManyRequests);
}
