using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using Personalization.Consent.Domain.Rights;

namespace Personalization.Consent.Pipeline.Rights;

/// <summary>
/// Passes an erasure on to the processors that got data from us (Art. 19 GDPR), in OpenDSR's shape. A call that nobody answered is made again
/// with the same id, so that a recipient who did hear it takes it for what it is.
/// </summary>
internal sealed partial class RecipientForwarder(
    OutboundCalls calls, TimeProvider time, IOptions<RightsOptions> options, ILogger<RecipientForwarder> logger)
{
    private readonly RightsOptions _options = options.Value;

    /// <summary>Those who are to be told, none of them told yet.</summary>
    public IReadOnlyList<RecipientReceipt> Begin() =>
        [.. _options.Recipients.Select(recipient => new RecipientReceipt(recipient.Name, RecipientReceipt.Waiting, 0, null, null))];

    /// <summary>Calls a recipient that is due, and says what became of it.</summary>
    public async Task<RecipientReceipt> TellAsync(
        RightsRequest request, IReadOnlyList<SubjectIdentity> identities, RecipientReceipt receipt, CancellationToken cancellationToken)
    {
        var now = time.GetUtcNow();
        if (receipt.Status != RecipientReceipt.Waiting || receipt.RetryAt > now)
        {
            return receipt;
        }

        var known = identities.Select(Translate).OfType<OpenDsrIdentity>().ToList();
        if (_options.Recipients.FirstOrDefault(recipient => recipient.Name == receipt.Name) is not { } recipient ||
            OutboundAddress.Parse(recipient.Url.TrimEnd('/') + "/requests") is not { } url || known.Count == 0)
        {
            // It is not configured any more, or OpenDSR has no word for any of the identities.
            return receipt with { Status = RecipientReceipt.NotApplicable, At = now };
        }

        var answer = await calls.PostAsync(url, BodyOf(request, recipient.Name, known), recipient.Token, cancellationToken);
        var attempts = receipt.Attempts + 1;
        var status = answer.IsSuccess ? RecipientReceipt.Acknowledged
            : !answer.IsTemporary ? RecipientReceipt.Refused
            : attempts >= _options.MaxAttempts ? RecipientReceipt.Unreachable
            : RecipientReceipt.Waiting;
        if (status is RecipientReceipt.Refused or RecipientReceipt.Unreachable)
        {
            LogNotTold(request.Id, recipient.Name, status, answer.Status ?? 0);
        }

        return new RecipientReceipt(
            receipt.Name,
            status,
            attempts,
            now,
            answer.Status,
            status == RecipientReceipt.Waiting ? now + Backoff.After(attempts, _options.BackoffSeconds) : null);
    }

    private static byte[] BodyOf(RightsRequest request, string recipient, IReadOnlyList<OpenDsrIdentity> identities) => JsonSerializer.SerializeToUtf8Bytes(
        new OpenDsrForward(
            request.Regulation, IdOf(request.Id, recipient).ToString("D"), "erasure", identities, OpenDsrTime.Write(request.SubmittedAt), OpenDsrTime.ApiVersion),
        OpenDsrTime.Json);

    /// <summary>As OpenDSR called it, or else as it must have: null when it has no word for the kind, or several.</summary>
    private OpenDsrIdentity? Translate(SubjectIdentity identity)
    {
        var types = _options.IdentityKinds.Where(entry => entry.Value == identity.Kind).Select(entry => entry.Key).Take(2).ToList();
        return identity.OpenDsrType is { } known ? new OpenDsrIdentity(known, identity.Value, "raw")
            : types.Count == 1 ? new OpenDsrIdentity(types[0], identity.Value, "raw")
            : null;
    }

    /// <summary>A version 4 id by its form, as OpenDSR wants one, but the same at every try.</summary>
    private static Guid IdOf(Guid request, string recipient)
    {
        var bytes = SHA256.HashData(Encoding.UTF8.GetBytes($"{request:N}/{recipient}")).AsSpan(0, 16);
        bytes[6] = (byte)((bytes[6] & 0x0F) | 0x40);
        bytes[8] = (byte)((bytes[8] & 0x3F) | 0x80);
        return new Guid(bytes, bigEndian: true);
    }

    [LoggerMessage(EventId = 3203, Level = LogLevel.Warning, Message = "Request {RequestId}: recipient {Recipient} is {Status}; its last answer was {HttpStatus}")]
    private partial void LogNotTold(Guid requestId, string recipient, string status, int httpStatus);
}

/// <summary>An identity as OpenDSR writes it.</summary>
internal sealed record OpenDsrIdentity(string IdentityType, string IdentityValue, string IdentityFormat);

/// <summary>A request that is passed on.</summary>
internal sealed record OpenDsrForward(
    string Regulation,
    string SubjectRequestId,
    string SubjectRequestType,
    IReadOnlyList<OpenDsrIdentity> SubjectIdentities,
    string SubmittedTime,
    string ApiVersion);
