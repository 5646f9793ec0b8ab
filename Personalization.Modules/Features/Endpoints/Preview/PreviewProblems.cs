using Microsoft.AspNetCore.Http;
using Personalization.Kernel.Http;

namespace Personalization.Features.Endpoints.Preview;

/// <summary>The refusals of previews. Their types stay.</summary>
internal static class PreviewProblems
{
    public static readonly Problem Busy = new("features/too-many-previews", "As many previews run as may at a time", StatusCodes.Status429TooManyRequests);
    public static readonly Problem Superseded = new("features/preview-superseded", "The same editor has asked for something newer", StatusCodes.Status409Conflict);
}
