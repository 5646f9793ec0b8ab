using Microsoft.AspNetCore.Http;
using Personalization.Kernel.Http;

namespace Personalization.Features.Endpoints.Lists;

/// <summary>The refusals of the endpoints of lists. Their types stay.</summary>
internal static class ListProblems
{
    public static readonly Problem Unknown = new("features/unknown-list", "There is no such list", StatusCodes.Status404NotFound);
    public static readonly Problem InvalidMembers = new("features/invalid-list-members", "The members have faults, and nothing of them was taken", StatusCodes.Status400BadRequest);
    public static readonly Problem InvalidQuery = new("features/invalid-list-query", "The query has faults", StatusCodes.Status400BadRequest);
    public static readonly Problem Incomplete = new("features/list-not-replaced", "Some members were refused, so the list is as it was", StatusCodes.Status422UnprocessableEntity);
    public static readonly Problem Busy = new("features/list-upload-busy", "Another upload of members is being taken", StatusCodes.Status429TooManyRequests);
}
