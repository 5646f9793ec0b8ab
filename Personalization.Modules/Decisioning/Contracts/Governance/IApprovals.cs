using System.Text.Json;

namespace Personalization.Decisioning.Contracts.Governance;

/// <summary>
/// The gate before changes that matter: what is of high impact waits until a second person has signed it off, everything else is applied at once.
/// Thread-safe.
/// </summary>
public interface IApprovals
{
    /// <summary>Applies the change, or keeps it for a second person. Either way it is on disk when this completes.</summary>
    /// <param name="request">What is to be changed.</param>
    /// <param name="mustWait">Whether it waits even if it would not have to: somebody asked for a second pair of eyes.</param>
    /// <param name="cancellationToken">Ends the waiting; a change that is being applied is finished.</param>
    Task<ChangeResult> SubmitAsync(ChangeRequest request, bool mustWait = false, CancellationToken cancellationToken = default);

    /// <summary>Approves and applies. Nobody approves a change of their own.</summary>
    Task<ChangeResult> ApproveAsync(Guid changeId, string approver, string? reason, CancellationToken cancellationToken = default);

    /// <summary>Rejects. Everybody may, the one who proposed it too: that is a withdrawal.</summary>
    Task<ChangeResult> RejectAsync(Guid changeId, string decider, string? reason, CancellationToken cancellationToken = default);
}

/// <summary>A kind of change that may need a second person. A module registers one for each kind it has.</summary>
public interface IChangeKind
{
    /// <summary>Stable name, as <c>thing.verb</c>, for example <c>kill-switch.release</c>.</summary>
    string Name { get; }

    /// <summary>
    /// Called once, when the change is proposed: adds to the body what it was decided upon, so that <see cref="Check"/> can tell at the
    /// approval, days later, whether that still holds.
    /// </summary>
    ChangeRequest Prepare(ChangeRequest request) => request;

    /// <summary>What speaks against the change as it was asked for; null when nothing does. Asked again before it is applied.</summary>
    string? Check(ChangeRequest request);

    /// <summary>Why a second person must sign it off; null when nobody must.</summary>
    string? HighImpact(ChangeRequest request);

    /// <summary>What would be different, in one line for people: before and after.</summary>
    string Difference(ChangeRequest request);

    /// <summary>
    /// Makes the change, on disk and in memory, before it completes. After a crash it may be called again with the same
    /// <see cref="ApprovedChange.ChangeId"/>, and must then change nothing more.
    /// </summary>
    Task ApplyAsync(ApprovedChange change, CancellationToken cancellationToken);
}

/// <summary>What somebody wants to change.</summary>
/// <param name="Kind">Name of an <see cref="IChangeKind"/>.</param>
/// <param name="Subject">What is changed, for example <c>for-you</c>.</param>
/// <param name="Body">To what, in the form of its kind.</param>
/// <param name="Reason">Why, 1 to 2,000 characters.</param>
/// <param name="Actor">Name of the key.</param>
public sealed record ChangeRequest(string Kind, string Subject, JsonElement Body, string Reason, string Actor);

/// <summary>A change that may be made now.</summary>
/// <param name="ChangeId">The same each time.</param>
/// <param name="Request">What is changed.</param>
/// <param name="ApprovedBy">The second person; null when none was needed.</param>
public sealed record ApprovedChange(Guid ChangeId, ChangeRequest Request, string? ApprovedBy);

/// <summary>Where a change stands.</summary>
public enum ChangeStatus
{
    /// <summary>Waits for a second person.</summary>
    Pending,

    /// <summary>Signed off, and being applied; after a crash it is applied by the next start.</summary>
    Approved,
    Applied,
    Rejected,

    /// <summary>Nobody decided in time.</summary>
    Expired,

    /// <summary>Signed off, but no longer possible when it was to be applied; <see cref="Change.Fault"/> says why.</summary>
    Failed,
}

/// <summary>A change with all that happened to it.</summary>
public sealed record Change
{
    public required Guid Id { get; init; }

    public required string Kind { get; init; }

    public required string Subject { get; init; }

    public required JsonElement Body { get; init; }

    /// <summary>Before and after, as it was when it was proposed.</summary>
    public required string Difference { get; init; }

    public required string Reason { get; init; }

    public required ChangeStatus Status { get; init; }

    public required string ProposedBy { get; init; }

    public required DateTimeOffset ProposedAt { get; init; }

    public required DateTimeOffset ExpiresAt { get; init; }

    public string? DecidedBy { get; init; }

    public DateTimeOffset? DecidedAt { get; init; }

    public string? DecisionReason { get; init; }

    public DateTimeOffset? AppliedAt { get; init; }

    public string? Fault { get; init; }
}

/// <summary>How a request about a change ended.</summary>
/// <param name="Outcome">What became of it.</param>
/// <param name="Change">The change, if there is one.</param>
/// <param name="Detail">Why not, or why it waits.</param>
public sealed record ChangeResult(ChangeOutcome Outcome, Change? Change, string? Detail = null);

/// <summary>What became of a request about a change.</summary>
public enum ChangeOutcome
{
    Applied,

    /// <summary>It waits for a second person.</summary>
    Waits,
    Rejected,

    /// <summary>It cannot be made as it was asked for.</summary>
    Invalid,

    /// <summary>There is no change of that id, or no kind of that name.</summary>
    Unknown,

    /// <summary>The same person proposed it.</summary>
    SamePerson,

    /// <summary>It was decided before, or has expired.</summary>
    TooLate,

    /// <summary>As many changes wait as may.</summary>
    TooMany,
}
