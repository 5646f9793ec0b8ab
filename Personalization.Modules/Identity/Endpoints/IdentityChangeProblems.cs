using Microsoft.AspNetCore.Http;
using Personalization.Kernel.Http;

namespace Personalization.Identity.Endpoints;

/// <summary>Why an administrative change of the graph is not made. Their types stay.</summary>
internal static class IdentityChangeProblems
{
    public static readonly Problem Invalid = new("identity/invalid-change", "The change is not what this address takes", StatusCodes.Status400BadRequest);
    public static readonly Problem TooLarge = new("identity/change-too-large", "The change is larger than allowed", StatusCodes.Status413PayloadTooLarge);
    public static readonly Problem SamePerson = new("identity/same-person", "The profiles are one person already", StatusCodes.Status409Conflict);
    public static readonly Problem BothKnown = new("identity/both-known", "Both profiles are known users; force says that they are one all the same", StatusCodes.Status409Conflict);
    public static readonly Problem NotMerged = new("identity/not-merged", "The profile was not merged into this person", StatusCodes.Status409Conflict);
    public static readonly Problem NotTheirs = new("identity/not-their-identifier", "The person has no such identifier", StatusCodes.Status409Conflict);
    public static readonly Problem NothingLeft = new("identity/nothing-left", "No identifier would be left to the person", StatusCodes.Status409Conflict);
    public static readonly Problem Overtaken = new("identity/overtaken", "The people have changed since the request; look again", StatusCodes.Status409Conflict);
    public static readonly Problem Busy = new("identity/busy", "More waits for the log than may", StatusCodes.Status429TooManyRequests);
    public static readonly Problem Stopping = new("identity/stopping", "The process is stopping", StatusCodes.Status503ServiceUnavailable);
    public static readonly Problem CommitFailed = new("identity/commit-failed", "The change could not be written to disk", StatusCodes.Status503ServiceUnavailable);
}
