using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Personalization.Kernel.Audit;
using Personalization.Kernel.Http;

namespace Personalization.Kernel.Privacy;

/// <summary>Who is suppressed, as far as anybody may know, and the receipts of erasures. Server key required.</summary>
internal static class PrivacyEndpoints
{
    private const int MaxReason = 500;

    public static readonly Problem UnknownRequest = new("privacy/unknown-request", "There is no such request", StatusCodes.Status404NotFound);
    public static readonly Problem ReasonRequired = new("privacy/reason-required", "A suppression is lifted for a reason", StatusCodes.Status400BadRequest);
    public static readonly Problem NotErased = new("privacy/not-erased", "The erasure is not done yet", StatusCodes.Status409Conflict);

    public static void Map(IEndpointRouteBuilder endpoints)
    {
        endpoints.MapGet("/v1/privacy/suppressions", List).RequireServerKey().WithName("ListSuppressions");
        endpoints.MapGet("/v1/privacy/suppressions/{requestId}", Get).RequireServerKey().WithName("GetSuppression");
        endpoints.MapDelete("/v1/privacy/suppressions/{requestId}", Lift).RequireServerKey().AuditsPlainly("requestId").WithName("LiftSuppression");
        endpoints.MapGet("/v1/privacy/erasures/{requestId}", Receipts).RequireServerKey().WithName("GetErasure");
    }

    /// <summary>The newest requests first, lifted ones included.</summary>
    internal static IResult List(ISuppressionList suppression, int limit = 100) =>
        TypedResults.Ok(new { suppressions = suppression.List(Math.Clamp(limit, 1, 1_000)) });

    /// <summary>One request and how many events were withheld since; 404 when there is none.</summary>
    internal static IResult Get(string requestId, ISuppressionList suppression) =>
        suppression.Find(requestId) is { } tombstone ? TypedResults.Ok(tombstone) : UnknownRequest.ToResult();

    /// <summary>
    /// Takes the person in again from now on: what was erased stays erased. The reason stands in the query; 400 without one, 404 when
    /// there is no such request, 409 while its erasure is under way.
    /// </summary>
    internal static IResult Lift(string requestId, ISuppressionList suppression, string reason = "")
    {
        if (string.IsNullOrWhiteSpace(reason) || reason.Length > MaxReason)
        {
            return ReasonRequired.ToResult($"Give ?reason= with 1 to {MaxReason} characters, without naming the person.");
        }

        if (suppression.Find(requestId) is not { } tombstone)
        {
            return UnknownRequest.ToResult();
        }

        if (tombstone.State == TombstoneState.Erasing)
        {
            return NotErased.ToResult("Until it is, nothing of the person may come in.");
        }

        suppression.Lift(requestId, reason);
        return TypedResults.Ok(suppression.Find(requestId));
    }

    /// <summary>What was removed, store by store, as links of the chain; 404 when there is no such request, 409 while it is under way.</summary>
    internal static IResult Receipts(string requestId, ISuppressionList suppression, PrivacyFile file)
    {
        if (suppression.Find(requestId) is not { } tombstone)
        {
            return UnknownRequest.ToResult();
        }

        return tombstone.State == TombstoneState.Erased
            ? TypedResults.Ok(new { erasure = tombstone, receipts = suppression.ReceiptsOf(requestId), chainIsWhole = file.FirstBrokenLink() < 0 })
            : NotErased.ToResult($"It is {tombstone.State.ToString().ToLowerInvariant()}.");
    }
}
