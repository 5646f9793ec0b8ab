using System.Buffers;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.Options;
using Personalization.Consent.Domain.Rights;
using Personalization.Consent.Pipeline.Rights;
using Personalization.Consent.Storage.Rights;
using Personalization.Kernel.Http;
using Personalization.Kernel.Privacy;

namespace Personalization.Consent.Endpoints.Rights;

/// <summary>People's requests for those who administer them. Server key required.</summary>
internal sealed class PrivacyRequestEndpoints(
    RightsDesk desk,
    RightsIntake intake,
    RightsStore store,
    RightsKeys keys,
    ResultLinks links,
    SubjectFinder finder,
    ISubjectAccess access,
    ISuppressionList suppression,
    OpenDsrEndpoints openDsr,
    TimeProvider time,
    IOptions<RightsOptions> options)
{
    private const int MaxListed = 1_000;
    private readonly RightsOptions _options = options.Value;

    public void Map(IEndpointRouteBuilder endpoints)
    {
        var requests = endpoints.MapGroup("/v1/privacy/requests").RequireServerKey();
        requests.MapPost("", (Delegate)CreateAsync).WithName("CreatePrivacyRequest");
        requests.MapGet("", (Delegate)List).WithName("ListPrivacyRequests");
        requests.MapGet("{id:guid}", (Delegate)Get).WithName("GetPrivacyRequest");
        requests.MapDelete("{id:guid}", (Delegate)CancelAsync).WithName("CancelPrivacyRequest");
        requests.MapGet("{id:guid}/dry-run", (Delegate)DryRunAsync).WithName("DryRunPrivacyRequest");
        requests.MapPost("{id:guid}/extend", (Delegate)ExtendAsync).WithName("ExtendPrivacyRequest");
        requests.MapPost("{id:guid}/refuse", (Delegate)RefuseAsync).WithName("RefusePrivacyRequest");
        requests.MapPost("{id:guid}/verify", (Delegate)VerifyAsync).WithName("VerifyPrivacyRequest");
        requests.MapGet("{id:guid}/certificate", (RequestDelegate)CertificateAsync).WithName("GetPrivacyCertificate");
    }

    /// <summary>201 with the request; with <c>?dryRun=true</c> 200 with what there is of the person, and nothing is stored. 400; 413; 503.</summary>
    internal async Task<IResult> CreateAsync(HttpContext context)
    {
        if (await ReadAsync(context) is not { } body)
        {
            return RightsProblems.BodyTooLarge.ToResult($"At most {_options.MaxBodyBytes} bytes, compressed as gzip, br or deflate or not at all.");
        }

        if (PrivacyRequestReader.Read(body, _options, finder.Kinds, time.GetUtcNow(), out var faults) is not { } draft)
        {
            return RightsProblems.BadRequest.ToResult(string.Join(' ', faults.Select(fault => fault.Message)));
        }

        if (QueryFlag.Of(context.Request.Query["dryRun"]) is not { } isDryRun)
        {
            return RightsProblems.BadRequest.ToResult("'dryRun' must be true or false.");
        }

        if (isDryRun)
        {
            return TypedResults.Ok(await CountAsync(draft.Identities, draft.ProfileId, context.RequestAborted));
        }

        return await desk.AddAsync(intake.Take(draft, openDsr.BaseOf(context)), context.RequestAborted) is { } request
            ? TypedResults.Created($"/v1/privacy/requests/{request.Id:D}", Answer(request))
            : RightsProblems.TooManyOpen.ToResult($"At most {_options.MaxOpen}.");
    }

    /// <summary>200, the newest first; <c>state</c> filters, <c>before</c> (Unix ms) pages. 400.</summary>
    internal IResult List(string? state = null, long before = long.MaxValue, int limit = 50)
    {
        var wanted = state switch
        {
            null => (RightsState?)null,
            "pending" => RightsState.Pending,
            "in_progress" => RightsState.InProgress,
            "completed" => RightsState.Completed,
            "cancelled" => RightsState.Cancelled,
            "refused" => RightsState.Refused,
            _ => (RightsState)(-1),
        };
        return wanted is { } known && !Enum.IsDefined(known)
            ? RightsProblems.BadRequest.ToResult("'state' must be pending, in_progress, completed, cancelled or refused.")
            : TypedResults.Ok(store.List(wanted, before, Math.Clamp(limit, 1, MaxListed)).Select(Answer).ToList());
    }

    /// <summary>200; 404.</summary>
    internal IResult Get(Guid id) => store.Find(id) is { } request ? TypedResults.Ok(Answer(request)) : RightsProblems.UnknownRequest.ToResult();

    /// <summary>202; 404; 409 when it is not pending any more.</summary>
    internal async Task<IResult> CancelAsync(Guid id, CancellationToken cancellationToken) =>
        Changed(id, await desk.CancelAsync(id, cancellationToken), "Only a request that is pending can be cancelled.", isAccepted: true);

    /// <summary>200 with counts by store; 404; 409 when nobody knows any more who it was about.</summary>
    internal async Task<IResult> DryRunAsync(Guid id, CancellationToken cancellationToken) => store.Find(id) switch
    {
        null => RightsProblems.UnknownRequest.ToResult(),
        { SealedIdentities: null } => RightsProblems.NotPossible.ToResult("The request has ended, and its identities are gone."),
        var request => TypedResults.Ok(await CountAsync(keys.Seal.OpenIdentities(request.SealedIdentities), request.ProfileId, cancellationToken)),
    };

    /// <summary><c>{reason}</c>. 200; 400; 404; 409 when it was extended before, is over, or its first term is.</summary>
    internal async Task<IResult> ExtendAsync(Guid id, HttpContext context) =>
        await ReadTextAsync(context, "reason") is { } reason
            ? Changed(id, await desk.ExtendAsync(id, reason, context.RequestAborted), "A request can be extended once, while it is open and within its first term.")
            : RightsProblems.BadRequest.ToResult("'reason' must say why, in 1 to 2,000 characters.");

    /// <summary><c>{reason}</c>. 200; 400; 404; 409 when it is not pending any more.</summary>
    internal async Task<IResult> RefuseAsync(Guid id, HttpContext context) =>
        await ReadTextAsync(context, "reason") is { } reason
            ? Changed(id, await desk.RefuseAsync(id, reason, context.RequestAborted), "Only a request that is pending can be refused.")
            : RightsProblems.BadRequest.ToResult("'reason' must say why, in 1 to 2,000 characters.");

    /// <summary><c>{result: verified|failed, method}</c>. 200; 400; 404; 409 when nobody waits for it.</summary>
    internal async Task<IResult> VerifyAsync(Guid id, HttpContext context)
    {
        var body = await ReadAsync(context) ?? default;
        var (result, method) = (PrivacyRequestReader.ReadText(body, "result"), PrivacyRequestReader.ReadText(body, "method"));
        return result is "verified" or "failed" && method is not null
            ? Changed(id, await desk.VerifyAsync(id, result == "verified", method, context.RequestAborted), "The request does not wait for a verification.")
            : RightsProblems.BadRequest.ToResult("'result' must be verified or failed, and 'method' must say how, without naming the person.");
    }

    /// <summary>200 with the certificate as it was signed, and the signature in <c>X-OpenDSR-Signature</c>; 404.</summary>
    internal Task CertificateAsync(HttpContext context)
    {
        if (!Guid.TryParse((string?)context.Request.RouteValues["id"], out var id) || store.FindCertificate(id) is not { } certificate)
        {
            return RightsProblems.NoCertificate.WriteAsync(context);
        }

        context.Response.ContentType = "application/json";
        context.Response.Headers[OpenDsrHeaders.ProcessorDomain] = _options.ProcessorDomain;
        context.Response.Headers[OpenDsrHeaders.Signature] = Convert.ToBase64String(certificate.Signature);
        return context.Response.Body.WriteAsync(certificate.Body, context.RequestAborted).AsTask();
    }

    private async Task<object> CountAsync(IReadOnlyList<SubjectIdentity> identities, int profileId, CancellationToken cancellationToken)
    {
        var counts = await access.CountAsync(() => finder.Find(identities, [profileId]), cancellationToken);
        return new { profiles = counts.Subject.ProfileIds.Count, identifiers = counts.Subject.IdentifierKeys.Count, events = counts.Subject.Offsets.Count, stores = counts.Stores };
    }

    private IResult Changed(Guid id, RightsRequest? changed, string why, bool isAccepted = false) => changed switch
    {
        null when store.Find(id) is null => RightsProblems.UnknownRequest.ToResult(),
        null => RightsProblems.NotPossible.ToResult(why),
        _ when isAccepted => TypedResults.Accepted((string?)null, Answer(changed)),
        _ => TypedResults.Ok(Answer(changed)),
    };

    private RequestAnswer Answer(RightsRequest request) =>
        RequestAnswer.Of(
        request, store.CallbacksOf(request.Id), links.Of(request), suppression.Find(RightsSuppression.NameOf(request))?.Withheld, time.GetUtcNow());

    private async Task<string?> ReadTextAsync(HttpContext context, string name) =>
        await ReadAsync(context) is { } body ? PrivacyRequestReader.ReadText(body, name) : null;

    private async Task<ReadOnlyMemory<byte>?> ReadAsync(HttpContext context)
    {
        var body = new ArrayBufferWriter<byte>();
        return await RequestBody.ReadAsync(context.Request, body, _options.MaxBodyBytes, context.RequestAborted) == BodyStatus.Read
            ? body.WrittenMemory
            : null;
    }
}
