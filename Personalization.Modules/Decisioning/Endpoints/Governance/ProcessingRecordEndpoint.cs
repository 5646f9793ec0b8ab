using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Personalization.Decisioning.Domain.Governance;
using Personalization.Kernel.Http;

namespace Personalization.Decisioning.Endpoints.Governance;

/// <summary><c>GET /v1/governance/processing-record</c>. Server key, role <c>governor</c> or <c>auditor</c>.</summary>
internal static class ProcessingRecordEndpoint
{
    public static void Map(IEndpointRouteBuilder endpoints) =>
        endpoints.MapGet("/v1/governance/processing-record", Get)
            .RequireServerKey(ServerRoles.Governor, ServerRoles.Auditor)
            .WithName("GetProcessingRecord");

    /// <summary>200 with the record as of now.</summary>
    internal static IResult Get(ProcessingRecorder recorder) => TypedResults.Ok(recorder.Make());
}
