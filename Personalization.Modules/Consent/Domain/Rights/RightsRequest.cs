using System.Text.Json.Serialization;

namespace Personalization.Consent.Domain.Rights;

/// <summary>What a person asks for.</summary>
internal enum RightsType
{
    /// <summary>A copy of everything, inferred data and information about the processing included (Art. 15 GDPR).</summary>
    Access,

    /// <summary>What the person provided or was observed doing, without what was inferred (Art. 20).</summary>
    Portability,

    /// <summary>Art. 17.</summary>
    Erasure,

    /// <summary>Nothing new is taken in of the person; what is there stays.</summary>
    Suppress,

    /// <summary>The person is taken in again, whatever kept them out: a suppression, or an earlier erasure.</summary>
    Unsuppress,
}

/// <summary>Where a request stands.</summary>
internal enum RightsState
{
    /// <summary>Waits for the end of its window, or for the identity to be verified.</summary>
    Pending,

    InProgress,

    Completed,

    Cancelled,

    /// <summary>Refused with a reason (Art. 12(4) and (5)).</summary>
    Refused,
}

/// <summary>Whether the person is who they say.</summary>
internal enum VerificationState
{
    /// <summary>The controller, who sent the request, has seen to it.</summary>
    ByController,

    /// <summary>Somebody has to look first: the request does not begin.</summary>
    Needed,

    Verified,

    /// <summary>Art. 12(6): the doubts stayed.</summary>
    Failed,
}

/// <summary>One identifier in a request.</summary>
/// <param name="Kind">As the identity graph names it.</param>
/// <param name="Value">As clients send it.</param>
/// <param name="OpenDsrType">What OpenDSR called it; null for one of the admin API. Several types are one kind here, but not to a recipient.</param>
internal sealed record SubjectIdentity(string Kind, string Value, string? OpenDsrType = null);

/// <summary>A request and what has become of it. Immutable, and as it is stored: names stay. Holds nothing personal but what is sealed.</summary>
internal sealed record RightsRequest
{
    public required Guid Id { get; init; }

    public required RightsType Type { get; init; }

    /// <summary><c>gdpr</c> or <c>ccpa</c>.</summary>
    public required string Regulation { get; init; }

    public RightsState State { get; init; }

    public VerificationState Verification { get; init; }

    /// <summary>The controller's id of it, for a request by OpenDSR; null for one of the admin API.</summary>
    public string? SubjectRequestId { get; init; }

    /// <summary>Keyed hash of an OpenDSR request's body: a repetition is known by it.</summary>
    public byte[]? BodyHash { get; init; }

    /// <summary>When the person asked, as the controller says.</summary>
    public DateTimeOffset SubmittedAt { get; init; }

    public required DateTimeOffset ReceivedAt { get; init; }

    /// <summary>When the window of cancellation ends.</summary>
    public DateTimeOffset StartsAt { get; init; }

    /// <summary>When it must be answered, extension included.</summary>
    public required DateTimeOffset DueAt { get; init; }

    public DateTimeOffset? FinishedAt { get; init; }

    public string? ExtensionReason { get; init; }

    public DateTimeOffset? ExtendedAt { get; init; }

    public string? RefusalReason { get; init; }

    public string? VerificationMethod { get; init; }

    /// <summary>The identities, encrypted (<see cref="IdentitySeal"/>); null once nobody needs them any more.</summary>
    public byte[]? SealedIdentities { get; init; }

    public int IdentityCount { get; init; }

    /// <summary>A profile that was named by its number; -1 for none.</summary>
    public int ProfileId { get; init; } = -1;

    /// <summary>Where changes are told.</summary>
    public IReadOnlyList<string> Callbacks { get; init; } = [];

    /// <summary>Address of this process as the request came in, for links.</summary>
    public string BaseUrl { get; init; } = "";

    /// <summary>Who was found, once somebody looked.</summary>
    public FoundSubject? Found { get; init; }

    public IReadOnlyList<RightsReceipt> Receipts { get; init; } = [];

    /// <summary>Hash of the last receipt of the erasure itself, whose chain runs over all erasures; null for other types.</summary>
    public string? ErasureHash { get; init; }

    public IReadOnlyList<RecipientReceipt> Recipients { get; init; } = [];

    public RightsExport? Export { get; init; }

    /// <summary>Tries that failed, and why the last one did, without personal data.</summary>
    public int Failures { get; init; }

    public string? LastFailure { get; init; }

    /// <summary>After a failure: not before.</summary>
    public DateTimeOffset? RetryAt { get; init; }

    [JsonIgnore]
    public bool IsOpen => State is RightsState.Pending or RightsState.InProgress;
}

/// <summary>The identity closure of a request, hashed, and what the stores held at the time.</summary>
/// <param name="ProfileIds">Numbers of all profiles of the person.</param>
/// <param name="SubjectHashes">Keyed hashes, by a key of this purpose alone, of all identifiers, as hexadecimal digits.</param>
/// <param name="Events">Events in the log.</param>
/// <param name="Stores">Things by store, before anything was done.</param>
/// <param name="At">When it was counted.</param>
internal sealed record FoundSubject(
    IReadOnlyList<int> ProfileIds, IReadOnlyList<string> SubjectHashes, int Events, IReadOnlyDictionary<string, long> Stores, DateTimeOffset At);

/// <summary>What became of the person in one store. Each is chained to the one before it.</summary>
/// <param name="Store">Its name.</param>
/// <param name="Found">Things before.</param>
/// <param name="Removed">Things that were removed.</param>
/// <param name="Remaining">Things that a count afterwards still found: 0, or the erasure failed there.</param>
/// <param name="Method">How.</param>
/// <param name="At">When.</param>
/// <param name="Hash">SHA-256, hexadecimal, over the receipt before it and this one.</param>
internal sealed record RightsReceipt(string Store, long Found, long Removed, long Remaining, string Method, DateTimeOffset At, string Hash = "");

/// <summary>What a recipient said.</summary>
/// <param name="Name">As configured.</param>
/// <param name="Status"><c>waiting</c>, <c>acknowledged</c>, <c>refused</c>, <c>unreachable</c> or <c>not_applicable</c>.</param>
/// <param name="Attempts">Calls so far.</param>
/// <param name="At">Of the last call.</param>
/// <param name="HttpStatus">Of the last answer.</param>
/// <param name="RetryAt">Of the next call, while waiting.</param>
internal sealed record RecipientReceipt(string Name, string Status, int Attempts, DateTimeOffset? At, int? HttpStatus, DateTimeOffset? RetryAt = null)
{
    public const string Waiting = "waiting";
    public const string Acknowledged = "acknowledged";
    public const string Refused = "refused";
    public const string Unreachable = "unreachable";
    public const string NotApplicable = "not_applicable";
}

/// <summary>A copy that can be fetched.</summary>
/// <param name="Id">Stands in the link, and is the name of the file.</param>
/// <param name="SealedKey">The key of the file, sealed; null once the link has ended.</param>
/// <param name="ExpiresAt">End of the link.</param>
/// <param name="Downloads">So far.</param>
/// <param name="Bytes">Of the file.</param>
/// <param name="Events">Events in it.</param>
/// <param name="Ended">Why there is no file any more: <c>expired</c>, <c>used_up</c>, <c>erased</c>; null while there is one.</param>
internal sealed record RightsExport(
    Guid Id, byte[]? SealedKey, DateTimeOffset ExpiresAt, int Downloads, long Bytes, long Events, string? Ended = null);
