using System.Text.Json;
using Microsoft.AspNetCore.Http;
using Personalization.Kernel.Http;
using Personalization.Tracking.Domain.Dialects;
using Personalization.Tracking.Pipeline;

namespace Personalization.Tracking.Endpoints;

/// <summary>
/// <c>POST /v1/m</c>: what Segment's browser client measures of itself. Counted, not kept: its names and tags are anybody's to
/// choose. 200; 400 not JSON; 413 above 64 KiB.
/// </summary>
internal sealed class ClientMetricsEndpoint(EventBatchPool pool, CollectAnswers answers, TrackingMetrics metrics)
{
    private const int MaxBodyBytes = 64 * 1024;

    public async Task HandleAsync(HttpContext context)
    {
        var sent = pool.Rent();
        Problem? problem;
        try
        {
            var status = await RequestBody.ReadAsync(context.Request, sent, MaxBodyBytes, CancellationToken.None);
            problem = status == BodyStatus.Read ? Count(sent.Buffer.AsMemory(0, sent.BufferLength)) : CollectEndpoint.ProblemOf(status);
        }
        finally
        {
            sent.Release();
        }

        if (problem is not null)
        {
            await answers.RefuseAsync(context, problem, null, AnswerForm.Segment);
            return;
        }

        CollectAnswers.Succeed(context.Response, AnswerForm.Segment, null);
    }

    private Problem? Count(ReadOnlyMemory<byte> body)
    {
        using var document = DialectJson.TryParse(body);
        if (document is null)
        {
            return TrackingProblems.NotJson;
        }

        var series = document.RootElement.Get("series");
        metrics.ClientMetrics(series.ValueKind == JsonValueKind.Array ? series.GetArrayLength() : 0);
        return null;
    }
}
