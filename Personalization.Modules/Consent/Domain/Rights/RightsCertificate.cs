using System.Security.Cryptography;
using System.Text.Json;

namespace Personalization.Consent.Domain.Rights;

/// <summary>What is certified when a request is done: what was found where, what was done about it, and who was told. Names no person.</summary>
internal static class RightsCertificate
{
    private static readonly JsonSerializerOptions Json = new(JsonSerializerDefaults.Web) { WriteIndented = true };

    /// <param name="request">As it is when it is complete.</param>
    /// <param name="before">The certificate before this one: its hash stands in this.</param>
    /// <param name="processorDomain">Who certifies.</param>
    /// <param name="sign">Signs the bytes.</param>
    public static SignedCertificate Of(RightsRequest request, LastCertificate before, string processorDomain, Func<byte[], byte[]> sign)
    {
        var body = JsonSerializer.SerializeToUtf8Bytes(
            new
            {
                certificate = before.Number + 1,
                previousCertificateHash = before.Hash,
                processorDomain,
                requestId = request.Id,
                subjectRequestId = request.SubjectRequestId,
                type = request.Type.ToString().ToLowerInvariant(),
                regulation = request.Regulation,
                submittedAt = request.SubmittedAt,
                receivedAt = request.ReceivedAt,
                dueAt = request.DueAt,
                extensionReason = request.ExtensionReason,
                completedAt = request.FinishedAt,
                verification = request.Verification.ToString(),
                subject = new
                {
                    identities = request.IdentityCount,
                    profiles = request.Found?.ProfileIds.Count ?? 0,
                    hashes = request.Found?.SubjectHashes ?? [],
                },
                found = request.Found?.Stores,
                eventsFound = request.Found?.Events ?? 0,
                receipts = request.Receipts,
                erasureHash = request.ErasureHash,
                isComplete = request.Receipts.All(receipt => receipt.Remaining == 0),
                recipients = request.Recipients.Select(recipient => new { recipient.Name, recipient.Status, recipient.Attempts, recipient.At }),
                export = request.Export is { } export ? new { export.Events, export.Bytes, export.ExpiresAt } : null,
            },
            Json);
        return new SignedCertificate { Body = body, Signature = sign(body), Hash = Convert.ToHexStringLower(SHA256.HashData(body)) };
    }
}

/// <summary>The newest certificate; number 0 before the first.</summary>
internal sealed record LastCertificate
{
    public long Number { get; init; }

    public string Hash { get; init; } = "";
}

/// <summary>A certificate as it was signed.</summary>
internal sealed record SignedCertificate
{
    /// <summary>JSON, UTF-8; what the signature is over.</summary>
    public byte[] Body { get; init; } = [];

    public byte[] Signature { get; init; } = [];

    /// <summary>SHA-256 of the body, hexadecimal.</summary>
    public string Hash { get; init; } = "";
}
