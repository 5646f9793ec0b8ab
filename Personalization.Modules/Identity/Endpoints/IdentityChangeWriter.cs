using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;
using Personalization.Identity.Domain;
using Personalization.Identity.Pipeline;
using Personalization.Kernel.Audit;
using Personalization.Kernel.Http;
using Personalization.Kernel.Log;
using Personalization.Kernel.Pipelines;

namespace Personalization.Identity.Endpoints;

/// <summary>Puts an administrative change into the log and waits until the stages have applied it.</summary>
internal sealed partial class IdentityChangeWriter(
    IEventLog log,
    IPipelineStatus pipeline,
    IdentityMap map,
    IdentityLedger ledger,
    ServerKeys keys,
    TimeProvider time,
    ILogger<IdentityChangeWriter> logger,
    IAuditLog? audit = null)
{
    /// <summary>The change as it is now: which identifier leads to the profiles is looked up here.</summary>
    public IdentityChange Change(IdentityChangeKind kind, int profile, int other, IdentifierKey[] moved, bool isForced, string reason) =>
        new(kind, RefOf(profile), RefOf(other), moved, isForced, time.GetUtcNow().ToUnixTimeMilliseconds(), Actor: "", reason);

    /// <summary>Whatever was in the log when the request came is applied, so that the request speaks of the present.</summary>
    public Task CatchUpAsync(CancellationToken cancellationToken) => pipeline.WaitUntilSettledAsync(cancellationToken);

    /// <summary>Its place in the log, once it was applied; or why it was not taken.</summary>
    public async Task<(long Offset, Problem? Problem)> ApplyAsync(IdentityChange change, HttpContext context)
    {
        change = change with { Actor = keys.Find(context)?.Name ?? "system" };
        if (await AppendAsync(change) is var (offset, problem) && problem is not null)
        {
            return (offset, problem);
        }

        // The change is in the log and will be applied, whether or not anybody waits for it: what is told of it does not depend on that.
        await AuditAsync(change, offset);
        await pipeline.WaitUntilAppliedAsync(context.RequestAborted);
        return (offset, null);
    }

    private async Task<(long Offset, Problem? Problem)> AppendAsync(IdentityChange change)
    {
        var entry = new IdentityChangeEntry(change);
        try
        {
            Problem? problem = log.TryAppend(entry) switch
            {
                Admission.Accepted => null,
                Admission.Stopping => IdentityChangeProblems.Stopping,
                _ => IdentityChangeProblems.Busy,
            };
            return problem is null ? (await entry.Committed, null) : (-1, problem);
        }
        catch (Exception error) // Whatever the disk says, the caller hears that the change was not taken.
        {
            LogCommitFailed(error, change.Kind);
            return (-1, IdentityChangeProblems.CommitFailed);
        }
        finally
        {
            entry.Release();
        }
    }

    private ValueTask AuditAsync(IdentityChange change, long offset)
    {
        var action = "identity." + change.Kind.ToString().ToLowerInvariant();
        var detail = System.Text.Json.JsonSerializer.Serialize(new { other = change.Other.Number, offset, force = change.IsForced, change.Reason });
        return audit?.AppendAsync(new AuditRecord(action, change.Actor, $"profile:{change.Profile.Number}", detail)) ?? ValueTask.CompletedTask;
    }

    private ProfileRef RefOf(int profile)
    {
        var bound = ledger.KeysOf(new HashSet<int> { profile }).Where(key => map.BoundTo(key) == profile).ToList();
        return new ProfileRef(profile, bound.Count == 0 ? default : bound.Min());
    }

    [LoggerMessage(EventId = 2060, Level = LogLevel.Error, Message = "A {Kind} of identities could not be committed")]
    private partial void LogCommitFailed(Exception error, IdentityChangeKind kind);
}
