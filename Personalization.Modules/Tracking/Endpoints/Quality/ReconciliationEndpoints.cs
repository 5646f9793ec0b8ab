using System.Buffers;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.Options;
using Personalization.Kernel.Http;
using Personalization.Tracking.Domain.Reconciliation;
using Personalization.Tracking.Pipeline;
using Personalization.Tracking.Pipeline.Live;
using Personalization.Tracking.Pipeline.Reconciliation;
using Personalization.Tracking.Storage.Quality;

namespace Personalization.Tracking.Endpoints.Quality;

/// <summary>Comparison of what other systems counted with the log. Server key required.</summary>
internal static class ReconciliationEndpoints
{
    public static readonly Problem InvalidReport = new("tracking/invalid-report", "The report is not valid", StatusCodes.Status400BadRequest);
    public static readonly Problem UnknownReconciliation = new("tracking/unknown-reconciliation", "There is no such comparison", StatusCodes.Status404NotFound);
    public static readonly Problem TooManyReconciliations = new("tracking/too-many-reconciliations", "As many comparisons wait as may", StatusCodes.Status429TooManyRequests);
    private const int RetrySeconds = 30;

    public static void Map(IEndpointRouteBuilder endpoints)
    {
        endpoints.MapPost("/v1/quality/reconciliations", BeginAsync).RequireServerKey().WithName("BeginReconciliation");
        endpoints.MapGet("/v1/quality/reconciliations", List).RequireServerKey().WithName("GetReconciliations");
        endpoints.MapGet("/v1/quality/reconciliations/{id}", Find).RequireServerKey().WithName("GetReconciliation");
    }

    /// <summary>202 with the address of the result; 400 with every fault; 413, 415; 429 when too many wait.</summary>
    internal static async Task<IResult> BeginAsync(HttpContext context, ReconciliationService service, IOptions<QualityOptions> options)
    {
        var body = new ArrayBufferWriter<byte>();
        var status = await RequestBody.ReadAsync(context.Request, body, options.Value.ReconciliationBytes, context.RequestAborted);
        if (status != BodyStatus.Read)
        {
            return ProblemOf(status).ToResult();
        }

        var reader = new ReportReader(options.Value.ReconciliationRows, options.Value.ReconciliationIds);
        if (reader.Read(body.WrittenMemory) is not { } report)
        {
            var problem = InvalidReport.Describe($"{reader.Errors[0].Location}: {reader.Errors[0].Reason}".TrimStart(':', ' '));
            problem.Extensions["errors"] = reader.Errors;
            return TypedResults.Problem(problem);
        }

        if (service.TryBegin(report) is not { } begun)
        {
            context.Response.Headers.RetryAfter = RetrySeconds.ToString();
            return TooManyReconciliations.ToResult();
        }

        context.Response.Headers.Location = $"/v1/quality/reconciliations/{begun.Id}";
        return TypedResults.Json(begun, FlagJson.Options, statusCode: StatusCodes.Status202Accepted);
    }

    /// <summary>200: how far it is, or its result; 404.</summary>
    internal static IResult Find(string id, ReconciliationService service) =>
        Guid.TryParse(id, out var known) && service.Find(known) is { } found
            ? TypedResults.Json(found, FlagJson.Options)
            : UnknownReconciliation.ToResult();

    /// <summary>200: those that are kept, newest first, without their rows.</summary>
    internal static IResult List(ReconciliationStore store, ReconciliationService service) => TypedResults.Json(
        new { reconciliations = store.List().Select(kept => kept.State == ReconciliationRun.Running ? service.Find(kept.Id) ?? kept : kept) }, FlagJson.Options);

    private static Problem ProblemOf(BodyStatus status) => status switch
    {
        BodyStatus.TooLarge => TrackingProblems.TooLarge,
        BodyStatus.ClientGone => TrackingProblems.ClientGone,
        BodyStatus.UnknownEncoding => TrackingProblems.UnknownEncoding,
        _ => TrackingProblems.DamagedBody,
    };
}
