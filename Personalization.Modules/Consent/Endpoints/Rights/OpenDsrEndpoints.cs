using System.Buffers;
using System.Text.Json;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.Options;
using Personalization.Consent.Domain.Rights;
using Personalization.Consent.Pipeline.Rights;
using Personalization.Consent.Storage.Rights;
using Personalization.Kernel.Http;

namespace Personalization.Consent.Endpoints.Rights;

/// <summary>
/// People's requests in OpenDSR 2.0's shape (opengdpr/OpenDSR): this process is the processor, the shop the controller. The discovery
/// document and the certificate are public; the rest needs the server key. Every answer is signed.
/// </summary>
internal sealed class OpenDsrEndpoints(
    RightsDesk desk,
    RightsIntake intake,
    RightsStore store,
    RightsKeys keys,
    ResultLinks links,
    SubjectFinder finder,
    TimeProvider time,
    IOptions<RightsOptions> options)
{
    private static readonly string[] RequestTypes = ["access", "erasure", "portability"];
    private readonly RightsOptions _options = options.Value;

    public void Map(IEndpointRouteBuilder endpoints)
    {
        endpoints.MapGet("/opendsr/discovery", (RequestDelegate)DiscoverAsync).WithName("DiscoverOpenDsr");
        endpoints.MapGet("/opendsr/certificate", () => TypedResults.Text(keys.CertificatePem, "application/x-pem-file")).WithName("GetOpenDsrCertificate");
        var requests = endpoints.MapGroup("/opendsr/v2/requests").RequireServerKey();
        requests.MapPost("", (RequestDelegate)RequestAsync).WithName("CreateOpenDsrRequest");
        requests.MapGet("{id}", (RequestDelegate)StatusAsync).WithName("GetOpenDsrRequest");
        requests.MapDelete("{id}", (RequestDelegate)CancelAsync).WithName("CancelOpenDsrRequest");
    }

    /// <summary>200: what can be asked here, by which identities, and whose signature it is.</summary>
    internal Task DiscoverAsync(HttpContext context) => WriteAsync(context, StatusCodes.Status200OK, new
    {
        ApiVersion = OpenDsrTime.ApiVersion,
        SupportedIdentities = _options.IdentityKinds.Where(entry => finder.Kinds.Contains(entry.Value)).Select(entry => entry.Key)
            .Order(StringComparer.Ordinal)
            .Select(type => new { IdentityType = type, IdentityFormat = "raw" }),
        SupportedSubjectRequestTypes = RequestTypes,
        ProcessorCertificate = $"{BaseOf(context)}/opendsr/certificate",

        // OpenDSR asks for a certificate that somebody vouches for; whoever reads this should know when nobody does.
        ProcessorCertificateIsSelfSigned = keys.IsSelfMade,
        ProcessorDomain = _options.ProcessorDomain,
        ExtensionIdentityKinds = finder.Kinds.Order(StringComparer.Ordinal),
    });

    /// <summary>201, also for a repetition; 400 with every fault; 413; 503 when too many requests are open.</summary>
    internal async Task RequestAsync(HttpContext context)
    {
        var body = new ArrayBufferWriter<byte>();
        var status = await RequestBody.ReadAsync(context.Request, body, _options.MaxBodyBytes, context.RequestAborted);
        if (status != BodyStatus.Read)
        {
            await RefuseAsync(
                context,
                status == BodyStatus.TooLarge ? StatusCodes.Status413PayloadTooLarge : StatusCodes.Status400BadRequest,
                [new DraftFault("invalid_body", status == BodyStatus.TooLarge ? $"The body may have at most {_options.MaxBodyBytes} bytes." : "The body could not be read.")]);
            return;
        }

        if (OpenDsrReader.Read(body.WrittenMemory, _options, finder.Kinds, time.GetUtcNow(), out var id, out var faults) is not { } draft)
        {
            await RefuseAsync(context, StatusCodes.Status400BadRequest, faults);
            return;
        }

        var request = store.FindBySubjectRequestId(id) ??
            await desk.AddAsync(intake.Take(draft, BaseOf(context), id, body.WrittenMemory), context.RequestAborted) ??
            store.FindBySubjectRequestId(id);
        await (request switch
        {
            null => RefuseAsync(context, StatusCodes.Status503ServiceUnavailable, [new DraftFault("too_many_open_requests", "Too many requests are open.")]),
            _ when !intake.IsRepetition(request, body.WrittenSpan) =>
                RefuseAsync(context, StatusCodes.Status400BadRequest, [new DraftFault("duplicate_subject_request_id", "Another request came under this 'subject_request_id'.")]),
            _ => WriteAsync(context, StatusCodes.Status201Created, new
            {
                _options.ControllerId,
                ExpectedCompletionTime = OpenDsrTime.Write(request.DueAt),
                ReceivedTime = OpenDsrTime.Write(request.ReceivedAt),
                EncodedRequest = Convert.ToBase64String(body.WrittenSpan),
                SubjectRequestId = id,
            }),
        });
    }

    /// <summary>200; 404.</summary>
    internal Task StatusAsync(HttpContext context) => Find(context) is not { } request
        ? RefuseAsync(context, StatusCodes.Status404NotFound, [Unknown])
        : WriteAsync(context, StatusCodes.Status200OK, new
        {
            _options.ControllerId,
            ExpectedCompletionTime = OpenDsrTime.Write(request.DueAt),
            request.SubjectRequestId,
            RequestStatus = OpenDsrStatus.Of(request.State),
            ApiVersion = OpenDsrTime.ApiVersion,
            ResultsUrl = links.Of(request),
            ResultsCount = request.Export?.Events,
            request.RefusalReason,
            request.ExtensionReason,
        });

    /// <summary>202; 400 when it is not pending any more; 404.</summary>
    internal async Task CancelAsync(HttpContext context)
    {
        if (Find(context) is not { } request)
        {
            await RefuseAsync(context, StatusCodes.Status404NotFound, [Unknown]);
        }
        else if (await desk.CancelAsync(request.Id, context.RequestAborted) is null)
        {
            await RefuseAsync(context, StatusCodes.Status400BadRequest, [new DraftFault("not_pending", "Only a request that is pending can be cancelled.")]);
        }
        else
        {
            await WriteAsync(context, StatusCodes.Status202Accepted, new
            {
                _options.ControllerId,
                ReceivedTime = OpenDsrTime.Write(time.GetUtcNow()),
                request.SubjectRequestId,
            });
        }
    }

    internal string BaseOf(HttpContext context) => (_options.PublicBaseUrl ?? $"{context.Request.Scheme}://{context.Request.Host}").TrimEnd('/');

    private static readonly DraftFault Unknown = new("unknown_request", "There is no such request.");

    private RightsRequest? Find(HttpContext context) =>
        context.Request.RouteValues["id"] is string { Length: 36 } id ? store.FindBySubjectRequestId(id) : null;

    private Task RefuseAsync(HttpContext context, int status, params List<DraftFault> faults) => WriteAsync(context, status, new
    {
        Error = new
        {
            Code = status,
            faults[0].Message,
            Errors = faults.Select(fault => new { Domain = _options.ProcessorDomain, fault.Reason, fault.Message }),
        },
    });

    /// <summary>The signature is over the very bytes, so they are made first.</summary>
    private async Task WriteAsync(HttpContext context, int status, object answer)
    {
        var body = JsonSerializer.SerializeToUtf8Bytes(answer, OpenDsrTime.Json);
        context.Response.StatusCode = status;
        context.Response.ContentType = "application/json";
        context.Response.Headers[OpenDsrHeaders.ProcessorDomain] = _options.ProcessorDomain;
        context.Response.Headers[OpenDsrHeaders.Signature] = Convert.ToBase64String(keys.Sign(body));
        context.Response.Headers.CacheControl = "no-store";
        await context.Response.Body.WriteAsync(body, context.RequestAborted);
    }
}
