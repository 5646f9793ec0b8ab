using Microsoft.AspNetCore.Http;
using Personalization.Kernel.Http;

namespace Personalization.Features.Endpoints.Conditions;

/// <summary>The refusals of the endpoints on conditions. Their types stay.</summary>
internal static class ConditionProblems
{
    public static readonly Problem Malformed = new("features/malformed-condition", "The body is not JSON", StatusCodes.Status400BadRequest);
    public static readonly Problem Invalid = new("features/invalid-condition", "The condition has faults", StatusCodes.Status400BadRequest);
    public static readonly Problem TooLarge = new("features/condition-too-large", "The body is larger than allowed", StatusCodes.Status413PayloadTooLarge);
    public static readonly Problem UnknownEncoding = new("features/unknown-encoding", "The Content-Encoding is not gzip, deflate or br", StatusCodes.Status415UnsupportedMediaType);
}
