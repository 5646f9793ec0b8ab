using System.Diagnostics;
using Personalization.Identity.Contracts;
using Personalization.Kernel.Http;
using Personalization.Kernel.Pipelines;
using Personalization.Tracking.Contracts;

namespace Personalization.Host.Http;

/// <summary>What an operator asks a running process.</summary>
internal static class OperationsEndpoints
{
    public static IEndpointRouteBuilder MapOperations(this IEndpointRouteBuilder endpoints)
    {
        endpoints.MapGet("/health/live", () => TypedResults.Ok(new { status = "live" }));
        endpoints.MapGet("/health/ready", Ready);
        endpoints.MapGet("/v1/log/summary", Summary).RequireServerKey();
        endpoints.MapGet("/v1/process/memory", Memory).RequireServerKey();
        return endpoints;
    }

    /// <summary>200 once everything that was in the log at the start has been applied; 503 before.</summary>
    internal static IResult Ready(IPipelineStatus pipeline) =>
        TypedResults.Json(
            new { status = pipeline.IsCaughtUp ? "ready" : "replaying", pipeline.AppliedOffset, pipeline.LogNextOffset },
            statusCode: pipeline.IsCaughtUp ? StatusCodes.Status200OK : StatusCodes.Status503ServiceUnavailable);

    /// <summary>Where the log and the stages are. Waits until everything committed so far has been applied.</summary>
    internal static async Task<IResult> Summary(
        IPipelineStatus pipeline, ITrackingStatistics tracking, IProfileDirectory profiles, CancellationToken cancellationToken)
    {
        await pipeline.WaitUntilAppliedAsync(cancellationToken);
        return TypedResults.Ok(new
        {
            nextOffset = pipeline.LogNextOffset,
            appliedOffset = pipeline.AppliedOffset,
            events = tracking.Events,
            duplicates = tracking.Duplicates,
            profiles = profiles.Count,
        });
    }

    /// <summary>Memory after a full collection: what the state itself needs.</summary>
    internal static async Task<IResult> Memory(IPipelineStatus pipeline, CancellationToken cancellationToken)
    {
        await pipeline.WaitUntilSettledAsync(cancellationToken);
        var managed = GC.GetTotalMemory(forceFullCollection: true);
        using var process = Process.GetCurrentProcess();
        return TypedResults.Ok(new { managedBytes = managed, workingSetBytes = process.WorkingSet64 });
    }
}
