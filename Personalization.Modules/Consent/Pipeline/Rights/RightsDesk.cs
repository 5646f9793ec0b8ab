using System.Threading.Channels;
using Microsoft.Extensions.Options;
using Personalization.Consent.Domain.Rights;
using Personalization.Consent.Storage.Rights;
using Personalization.Kernel.Audit;

namespace Personalization.Consent.Pipeline.Rights;

/// <summary>Takes requests in, and changes those that have not begun. Every change is on disk when a method returns. Thread-safe.</summary>
internal sealed class RightsDesk(RightsStore store, TimeProvider time, IOptions<RightsOptions> options, IAuditLog? audit = null)
{
    private readonly Channel<bool> _wake = Channel.CreateBounded<bool>(new BoundedChannelOptions(1) { FullMode = BoundedChannelFullMode.Wait });

    /// <summary>Something may be due. One reader for each loop would starve: only the worker reads, the rest polls.</summary>
    public ChannelReader<bool> Woken => _wake.Reader;

    /// <summary>A full channel means that the worker is awake anyway.</summary>
    public void Wake() => _ = _wake.Writer.TryWrite(true);

    /// <summary>Null when a request of the same <c>subject_request_id</c> is there already, or too many are open.</summary>
    public async Task<RightsRequest?> AddAsync(RightsRequest request, CancellationToken cancellationToken)
    {
        if (!store.TryAdd(request, options.Value.MaxOpen))
        {
            return null;
        }

        await AuditAsync("privacy.request", request, null, cancellationToken);
        Wake();
        return request;
    }

    /// <summary>Only while it is pending: null afterwards.</summary>
    public Task<RightsRequest?> CancelAsync(Guid id, CancellationToken cancellationToken) => ChangeAsync(
        id,
        "privacy.cancel",
        null,
        request => request.State == RightsState.Pending ? Ended(request, RightsState.Cancelled) : null,
        cancellationToken);

    /// <summary>Only while it is pending: what has begun cannot be taken back, and what is finished was not refused.</summary>
    public Task<RightsRequest?> RefuseAsync(Guid id, string reason, CancellationToken cancellationToken) => ChangeAsync(
        id,
        "privacy.refuse",
        reason,
        request => request.State == RightsState.Pending ? Ended(request, RightsState.Refused) with { RefusalReason = reason } : null,
        cancellationToken);

    /// <summary>Once, and only before the first term is over: an extension must be told within it.</summary>
    public Task<RightsRequest?> ExtendAsync(Guid id, string reason, CancellationToken cancellationToken)
    {
        var now = time.GetUtcNow();
        return ChangeAsync(
            id,
            "privacy.extend",
            reason,
            request => request.IsOpen && request.ExtendedAt is null && now <= request.DueAt
                ? request with
                {
                    DueAt = RightsCalendar.ExtendedDueAt(request.Regulation, request.ReceivedAt),
                    ExtensionReason = reason,
                    ExtendedAt = now,
                }
                : null,
            cancellationToken);
    }

    /// <summary>A request that waited for it begins, or is refused when the doubts stayed.</summary>
    public async Task<RightsRequest?> VerifyAsync(Guid id, bool isVerified, string method, CancellationToken cancellationToken)
    {
        var changed = await ChangeAsync(
            id,
            "privacy.verify",
            method,
            request => request is not { State: RightsState.Pending, Verification: VerificationState.Needed }
                ? null
                : isVerified
                    ? request with { Verification = VerificationState.Verified, VerificationMethod = method }
                    : Ended(request, RightsState.Refused) with
                    {
                        Verification = VerificationState.Failed,
                        VerificationMethod = method,
                        RefusalReason = "The identity of the person could not be verified.",
                    },
            cancellationToken);
        Wake();
        return changed;
    }

    /// <summary>Names no person: a request is named by its id.</summary>
    public async Task AuditAsync(string action, RightsRequest request, string? detail, CancellationToken cancellationToken, string actor = "server-key")
    {
        if (audit is not null)
        {
            var json = System.Text.Json.JsonSerializer.Serialize(new { type = request.Type.ToString(), state = request.State.ToString(), detail });
            await audit.AppendAsync(new AuditRecord(action, actor, $"privacy-request:{request.Id:N}", json), cancellationToken);
        }
    }

    private async Task<RightsRequest?> ChangeAsync(
        Guid id, string action, string? detail, Func<RightsRequest, RightsRequest?> change, CancellationToken cancellationToken)
    {
        var changed = store.Change(id, change, time.GetUtcNow().ToUnixTimeMilliseconds());
        if (changed is not null)
        {
            await AuditAsync(action, changed, detail, cancellationToken);
            Wake();
        }

        return changed;
    }

    private RightsRequest Ended(RightsRequest request, RightsState state) =>
        request with { State = state, FinishedAt = time.GetUtcNow(), SealedIdentities = null };
}
