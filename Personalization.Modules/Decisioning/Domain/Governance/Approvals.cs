using System.Collections.Frozen;
using Microsoft.Extensions.Logging;
using Personalization.Decisioning.Contracts.Governance;
using Personalization.Kernel.Audit;

namespace Personalization.Decisioning.Domain.Governance;

/// <summary>Keeps changes on disk.</summary>
internal interface IChangeStore
{
    void Add(Change change);

    void Save(Change change);

    Change? Find(Guid id);

    /// <summary>Newest first.</summary>
    IReadOnlyList<Change> List(ChangeStatus? status, int limit);

    int Count(ChangeStatus status);
}

/// <summary>
/// One change at a time goes through here: what was signed off is written down before it is made, and again once it is made, so that each
/// is made exactly once, whatever crashes in between.
/// </summary>
internal sealed partial class Approvals(
    IChangeStore store,
    IEnumerable<IChangeKind> kinds,
    GovernanceOptions options,
    TimeProvider time,
    ILogger<Approvals> logger,
    IAuditLog audit) : IApprovals, IDisposable
{
    private const int MaxReason = 2_000;
    private readonly FrozenDictionary<string, IChangeKind> _kinds = kinds.ToFrozenDictionary(kind => kind.Name, StringComparer.Ordinal);
    private readonly SemaphoreSlim _turn = new(1, 1);

    public IEnumerable<string> Kinds => _kinds.Keys.Order(StringComparer.Ordinal);

    public async Task<ChangeResult> SubmitAsync(ChangeRequest request, bool mustWait = false, CancellationToken cancellationToken = default)
    {
        if (!_kinds.TryGetValue(request.Kind, out var kind))
        {
            return new ChangeResult(ChangeOutcome.Unknown, null, $"Known kinds are {string.Join(", ", Kinds)}.");
        }

        if (request.Reason.Length is 0 or > MaxReason)
        {
            return new ChangeResult(ChangeOutcome.Invalid, null, $"reason must have 1 to {MaxReason} characters.");
        }

        await _turn.WaitAsync(cancellationToken);
        try
        {
            return await SubmitInTurnAsync(request, kind, mustWait);
        }
        finally
        {
            _turn.Release();
        }
    }

    public Task<ChangeResult> ApproveAsync(Guid changeId, string approver, string? reason, CancellationToken cancellationToken = default) =>
        DecideAsync(changeId, reason, async change =>
        {
            if (string.Equals(change.ProposedBy, approver, StringComparison.OrdinalIgnoreCase))
            {
                return new ChangeResult(ChangeOutcome.SamePerson, change, $"{approver} proposed this change; somebody else has to approve it.");
            }

            var approved = Decided(change, ChangeStatus.Approved, approver, reason);
            store.Save(approved);
            await AuditAsync("change.approve", approver, approved);
            return await ApplyAsync(approved);
        }, cancellationToken);

    public Task<ChangeResult> RejectAsync(Guid changeId, string decider, string? reason, CancellationToken cancellationToken = default) =>
        DecideAsync(changeId, reason, async change =>
        {
            var rejected = Decided(change, ChangeStatus.Rejected, decider, reason);
            store.Save(rejected);
            await AuditAsync("change.reject", decider, rejected);
            return new ChangeResult(ChangeOutcome.Rejected, rejected);
        }, cancellationToken);

    /// <summary>With what has expired meanwhile told so.</summary>
    public IReadOnlyList<Change> List(ChangeStatus? status, int limit) =>
        [.. store.List(status, limit).Select(Aged).Where(change => status is null || change.Status == status)];

    public Change? Find(Guid id) => store.Find(id) is { } change ? Aged(change) : null;

    /// <summary>Makes what was signed off before a crash.</summary>
    public async Task ResumeAsync()
    {
        await _turn.WaitAsync();
        try
        {
            foreach (var change in store.List(ChangeStatus.Approved, int.MaxValue))
            {
                LogResumed(change.Id, change.Kind);
                await ApplyAsync(change, isResumed: true);
            }
        }
        finally
        {
            _turn.Release();
        }
    }

    public void Dispose() => _turn.Dispose();

    private async Task<ChangeResult> SubmitInTurnAsync(ChangeRequest request, IChangeKind kind, bool mustWait)
    {
        request = kind.Prepare(request);
        if (kind.Check(request) is { } fault)
        {
            return new ChangeResult(ChangeOutcome.Invalid, null, fault);
        }

        var impact = kind.HighImpact(request);
        var now = time.GetUtcNow();
        var change = new Change
        {
            Id = Guid.CreateVersion7(now),
            Kind = request.Kind,
            Subject = request.Subject,
            Body = request.Body,
            Difference = kind.Difference(request),
            Reason = request.Reason,
            Status = impact is null && !mustWait ? ChangeStatus.Approved : ChangeStatus.Pending,
            ProposedBy = request.Actor,
            ProposedAt = now,
            ExpiresAt = now.AddHours(options.ChangeExpiryHours),
        };
        if (change.Status == ChangeStatus.Pending && IsFull())
        {
            return new ChangeResult(ChangeOutcome.TooMany, null, $"{options.MaxPendingChanges} changes wait already.");
        }

        store.Add(change);
        await AuditAsync("change.propose", request.Actor, change);
        return change.Status == ChangeStatus.Pending
            ? new ChangeResult(ChangeOutcome.Waits, change, impact ?? "It waits because a second pair of eyes was asked for.")
            : await ApplyAsync(change);
    }

    private bool IsFull()
    {
        if (store.Count(ChangeStatus.Pending) < options.MaxPendingChanges)
        {
            return false;
        }

        foreach (var change in store.List(ChangeStatus.Pending, int.MaxValue).Select(Aged).Where(change => change.Status == ChangeStatus.Expired))
        {
            store.Save(change);
        }

        return store.Count(ChangeStatus.Pending) >= options.MaxPendingChanges;
    }

    private async Task<ChangeResult> DecideAsync(
        Guid id, string? reason, Func<Change, Task<ChangeResult>> decide, CancellationToken cancellationToken)
    {
        if (reason?.Length > MaxReason)
        {
            return new ChangeResult(ChangeOutcome.Invalid, null, $"reason must have at most {MaxReason} characters.");
        }

        await _turn.WaitAsync(cancellationToken);
        try
        {
            if (store.Find(id) is not { } stored)
            {
                return new ChangeResult(ChangeOutcome.Unknown, null);
            }

            var change = Aged(stored);
            if (change.Status == ChangeStatus.Pending)
            {
                return await decide(change);
            }

            if (change.Status != stored.Status)
            {
                store.Save(change);
            }

            return new ChangeResult(ChangeOutcome.TooLate, change, $"It is {change.Status.ToString().ToLowerInvariant()}.");
        }
        finally
        {
            _turn.Release();
        }
    }

    /// <summary>Not cancelled with the request: what was signed off is made. One that is resumed may have been made already, and is not asked again.</summary>
    private async Task<ChangeResult> ApplyAsync(Change change, bool isResumed = false)
    {
        var request = new ChangeRequest(change.Kind, change.Subject, change.Body, change.Reason, change.ProposedBy);
        var fault = _kinds.TryGetValue(change.Kind, out var kind) ? null : "Nothing here knows this kind any more.";
        if (kind is not null && !isResumed)
        {
            fault = kind.Check(request);
        }

        if (fault is not null)
        {
            var failed = change with { Status = ChangeStatus.Failed, Fault = fault };
            store.Save(failed);
            await AuditAsync("change.fail", "system", failed);
            return new ChangeResult(ChangeOutcome.Invalid, failed, fault);
        }

        await kind!.ApplyAsync(new ApprovedChange(change.Id, request, change.DecidedBy), CancellationToken.None);
        var applied = change with { Status = ChangeStatus.Applied, AppliedAt = time.GetUtcNow() };
        store.Save(applied);
        await AuditAsync("change.apply", change.DecidedBy ?? change.ProposedBy, applied);
        return new ChangeResult(ChangeOutcome.Applied, applied);
    }

    private Change Aged(Change change) =>
        change.Status == ChangeStatus.Pending && time.GetUtcNow() >= change.ExpiresAt ? change with { Status = ChangeStatus.Expired } : change;

    private Change Decided(Change change, ChangeStatus status, string decider, string? reason) =>
        change with { Status = status, DecidedBy = decider, DecidedAt = time.GetUtcNow(), DecisionReason = reason };

    private ValueTask AuditAsync(string action, string actor, Change change) =>
        audit.AppendAsync(new AuditRecord(action, actor, $"change:{change.Id}", System.Text.Json.JsonSerializer.Serialize(
            new { kind = change.Kind, subject = change.Subject, difference = change.Difference, status = change.Status.ToString() })));

    [LoggerMessage(EventId = 5050, Level = LogLevel.Warning, Message = "Making change {Change} ({Kind}), which was signed off before the last stop")]
    private partial void LogResumed(Guid change, string kind);
}
