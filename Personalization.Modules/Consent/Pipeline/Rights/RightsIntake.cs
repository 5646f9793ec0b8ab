using Microsoft.Extensions.Options;
using Personalization.Consent.Domain.Rights;
using Personalization.Consent.Storage.Rights;

namespace Personalization.Consent.Pipeline.Rights;

/// <summary>What was asked, read and checked.</summary>
/// <param name="Type">For what.</param>
/// <param name="Regulation">By which law.</param>
/// <param name="SubmittedAt">When the person asked.</param>
/// <param name="Identities">Who, by identifiers.</param>
/// <param name="ProfileId">Who, by number; -1 when not.</param>
/// <param name="Callbacks">Who wants to hear of it.</param>
/// <param name="Verification">Whether somebody has to look first.</param>
internal sealed record RequestDraft(
    RightsType Type,
    string Regulation,
    DateTimeOffset? SubmittedAt,
    IReadOnlyList<SubjectIdentity> Identities,
    int ProfileId,
    IReadOnlyList<string> Callbacks,
    VerificationState Verification);

/// <summary>Makes requests of what was read. Thread-safe.</summary>
internal sealed class RightsIntake(RightsKeys keys, TimeProvider time, IOptions<RightsOptions> options)
{
    /// <param name="draft">What was asked.</param>
    /// <param name="baseUrl">Address of this process as the request came in.</param>
    /// <param name="subjectRequestId">The controller's id, by OpenDSR.</param>
    /// <param name="body">Of an OpenDSR request, to know a repetition by.</param>
    public RightsRequest Take(RequestDraft draft, string baseUrl, string? subjectRequestId = null, ReadOnlyMemory<byte> body = default)
    {
        // To the millisecond, as it is stored, so that an answer and its repetition say the same.
        var now = DateTimeOffset.FromUnixTimeMilliseconds(time.GetUtcNow().ToUnixTimeMilliseconds());
        return new RightsRequest
        {
            Id = Guid.CreateVersion7(now),
            Type = draft.Type,
            Regulation = draft.Regulation,
            Verification = draft.Verification,
            SubjectRequestId = subjectRequestId,
            BodyHash = subjectRequestId is null ? null : keys.Seal.HashOf(body.Span),
            SubmittedAt = draft.SubmittedAt ?? now,
            ReceivedAt = now,
            StartsAt = now.AddSeconds(options.Value.PendingSeconds),
            DueAt = RightsCalendar.DueAt(draft.Regulation, now),
            SealedIdentities = keys.Seal.Seal(draft.Identities),
            IdentityCount = draft.Identities.Count,
            ProfileId = draft.ProfileId,
            Callbacks = draft.Callbacks,
            BaseUrl = baseUrl,
        };
    }

    /// <summary>Whether a body is the one that an earlier request came with.</summary>
    public bool IsRepetition(RightsRequest earlier, ReadOnlySpan<byte> body) =>
        earlier.BodyHash is { } hash && System.Security.Cryptography.CryptographicOperations.FixedTimeEquals(hash, keys.Seal.HashOf(body));
}
