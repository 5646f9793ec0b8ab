using System.Buffers;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;
using Personalization.Features.Domain.Traits;
using Personalization.Kernel.Http;
using Personalization.Tracking.Contracts;

namespace Personalization.Features.Endpoints;

/// <summary>
/// <c>POST /v1/traits/import</c>: what somebody else says of the shop's people, one line each (NDJSON), <c>{"userId":"u1","traits":{…}}</c>. Who
/// says it, on which terms and until when stands in the query and holds for all lines. A body that has a fault is refused whole, with
/// every fault, before anything of it is taken.
/// </summary>
internal sealed class TraitImportEndpoint(IEventWriter events, TraitOptions options, TimeProvider time)
{
    private const int LinesPerBatch = 500;
    private const int BytesPerBatch = 1 << 20;

    public static readonly Problem Invalid = new("features/invalid-trait-import", "The import has faults, and nothing of it was taken", StatusCodes.Status400BadRequest);

    public static void Map(IEndpointRouteBuilder endpoints)
    {
        var endpoint = endpoints.ServiceProvider.GetRequiredService<TraitImportEndpoint>();
        endpoints.MapPost("/v1/traits/import", (Delegate)endpoint.HandleAsync).RequireServerKey().WithName("ImportTraits");
    }

    /// <summary>
    /// 200 with how many are on disk, and how many a check of schemas refused, which are dead letters; 400 with all faults; 413, 415; 429 and 503 with Retry-After, when some may be on disk: sent again, the later word
    /// counts.
    /// </summary>
    public async Task<IResult> HandleAsync(HttpContext context)
    {
        var body = new ArrayBufferWriter<byte>(64 * 1024);
        var status = await RequestBody.ReadAsync(context.Request, body, options.MaxImportBytes, context.RequestAborted);
        if (status != BodyStatus.Read)
        {
            return ProblemOf(status).ToResult();
        }

        var now = time.GetUtcNow();
        var faults = new List<string>();
        var terms = TraitTermsReader.Read(context.Request.Query, now, faults);
        var calls = TraitLines.Read(body.WrittenMemory, terms, now, faults);
        if (faults.Count > 0)
        {
            return Invalid.ToResult(string.Join(" ", faults));
        }

        var (written, refused) = (0, 0);
        while (written < calls.Count)
        {
            var result = await events.WriteAsync(Batch(calls, ref written), TraitImport.SourceName, EventOrigin.Import, context.RequestAborted);
            if (result.Problem is { } problem)
            {
                if (result.RetryAfterSeconds > 0)
                {
                    context.Response.Headers.RetryAfter = result.RetryAfterSeconds.ToString(System.Globalization.CultureInfo.InvariantCulture);
                }

                return problem.ToResult("Send all of it again: what is on disk already does no harm.");
            }

            refused += result.Refused;
        }

        return TypedResults.Ok(new { accepted = calls.Count - refused, refused, source = terms.Source, licence = terms.Licence, expiresAt = DateTimeOffset.FromUnixTimeMilliseconds(terms.ExpiresAtMs) });
    }

    /// <summary>The next calls as the body of a batch.</summary>
    private static ReadOnlyMemory<byte> Batch(List<ReadOnlyMemory<byte>> calls, ref int next)
    {
        var body = new ArrayBufferWriter<byte>(64 * 1024);
        body.Write("{\"batch\":["u8);
        for (var count = 0; next < calls.Count && count < LinesPerBatch && (count == 0 || body.WrittenCount + calls[next].Length < BytesPerBatch); count++)
        {
            if (count > 0)
            {
                body.Write(","u8);
            }

            body.Write(calls[next++].Span);
        }

        body.Write("]}"u8);
        return body.WrittenMemory;
    }

    private static Problem ProblemOf(BodyStatus status) => status switch
    {
        BodyStatus.TooLarge => CatalogProblems.TooLarge,
        BodyStatus.UnknownEncoding => CatalogProblems.UnknownEncoding,
        _ => CatalogProblems.Malformed,
    };
}
