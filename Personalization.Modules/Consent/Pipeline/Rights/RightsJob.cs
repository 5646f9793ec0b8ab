using System.Security.Cryptography;
using Microsoft.Extensions.Options;
using Personalization.Consent.Domain.Rights;
using Personalization.Consent.Storage.Rights;
using Personalization.Kernel.Privacy;

namespace Personalization.Consent.Pipeline.Rights;

/// <summary>
/// Carries one request on, step by step. What a step has come to is on disk before the next one begins, and every step may be
/// repeated: after a crash a request goes on where it stood.
/// </summary>
internal sealed class RightsJob(
    RightsStore store,
    RightsKeys keys,
    ExportFiles files,
    RightsDesk desk,
    SubjectFinder finder,
    ISubjectAccess access,
    IErasure erasure,
    AccessBundle bundle,
    RecipientForwarder recipients,
    TimeProvider time,
    IOptions<RightsOptions> options)
{
    /// <summary>As far as it goes now; false when a recipient has still to be told.</summary>
    public async Task<bool> RunAsync(RightsRequest request, CancellationToken cancellationToken)
    {
        var identities = keys.Seal.OpenIdentities(request.SealedIdentities);
        request = request.Found is null ? await FindAsync(request, identities, cancellationToken) : request;
        if (request.Type == RightsType.Erasure)
        {
            request = request.Receipts.Count == 0 ? await EraseAsync(request, identities, cancellationToken) : request;
            request = await TellAsync(request, identities, cancellationToken);
            if (request.Recipients.Any(recipient => recipient.Status == RecipientReceipt.Waiting))
            {
                return false;
            }
        }
        else if (request.Export is null)
        {
            request = await ExportAsync(request, identities, cancellationToken);
        }

        await CompleteAsync(request, cancellationToken);
        return true;
    }

    /// <summary>Who it is: the closure of the identities, hashed, and what there is of them.</summary>
    private async Task<RightsRequest> FindAsync(RightsRequest request, IReadOnlyList<SubjectIdentity> identities, CancellationToken cancellationToken)
    {
        var counts = await access.CountAsync(() => finder.Find(identities, [request.ProfileId]), cancellationToken);
        var found = new FoundSubject(
            [.. counts.Subject.ProfileIds.Order()], keys.Seal.HashesOf(counts.Subject), counts.Subject.Offsets.Count, counts.Stores, time.GetUtcNow());
        return Change(request, before => before with { Found = found });
    }

    private async Task<RightsRequest> EraseAsync(RightsRequest request, IReadOnlyList<SubjectIdentity> identities, CancellationToken cancellationToken)
    {
        var found = request.Found!;
        ErasureSubject? subject = null;
        var erased = await erasure.EraseAsync(() => subject = finder.Find(identities, found.ProfileIds), cancellationToken);
        var remaining = await access.CountAsync(() => subject!, cancellationToken);
        var now = time.GetUtcNow();
        var receipts = erased.Stores
            .OrderBy(removed => removed.Key, StringComparer.Ordinal)
            .Select(removed => new RightsReceipt(
                removed.Key, found.Stores.GetValueOrDefault(removed.Key), removed.Value, remaining.Stores[removed.Key], "deleted", now))
            .Prepend(new RightsReceipt("log", found.Events, erased.Events, 0, "blocks rewritten without the events", now));
        return Change(request, before => before with { Receipts = ReceiptChain.Seal(request.Id, receipts) });
    }

    private async Task<RightsRequest> TellAsync(RightsRequest request, IReadOnlyList<SubjectIdentity> identities, CancellationToken cancellationToken)
    {
        var waiting = request.Recipients.Count == 0 ? recipients.Begin() : request.Recipients;
        var told = await Task.WhenAll(waiting.Select(recipient => recipients.TellAsync(request, identities, recipient, cancellationToken)));
        return told.SequenceEqual(request.Recipients) ? request : Change(request, before => before with { Recipients = told });
    }

    private async Task<RightsRequest> ExportAsync(RightsRequest request, IReadOnlyList<SubjectIdentity> identities, CancellationToken cancellationToken)
    {
        var id = Guid.CreateVersion7(time.GetUtcNow());
        var key = RandomNumberGenerator.GetBytes(ExportCipher.KeyBytes);
        try
        {
            var events = 0L;
            var bytes = await files.WriteAsync(id, async target =>
            {
                await using var encrypted = ExportCipher.Encrypt(target, key);
                (_, events) = await bundle.WriteAsync(request, () => finder.Find(identities, request.Found!.ProfileIds), encrypted, cancellationToken);
            });
            var export = new RightsExport(id, keys.Seal.Seal(key.AsSpan()), time.GetUtcNow().AddHours(options.Value.ExportHours), 0, bytes, events);
            return Change(request, before => before with { Export = export });
        }
        finally
        {
            CryptographicOperations.ZeroMemory(key);
        }
    }

    private async Task CompleteAsync(RightsRequest request, CancellationToken cancellationToken)
    {
        var now = time.GetUtcNow();
        var completed = store.Complete(
            request.Id,
            before => before.State == RightsState.InProgress
                ? before with { State = RightsState.Completed, FinishedAt = now, SealedIdentities = null, LastFailure = null, RetryAt = null }
                : null,
            (done, last) => RightsCertificate.Of(done, last, options.Value.ProcessorDomain, bytes => keys.Sign(bytes)),
            now.ToUnixTimeMilliseconds());
        if (completed is not null)
        {
            await desk.AuditAsync("privacy.complete", completed, null, cancellationToken, actor: "system");
        }
    }

    private RightsRequest Change(RightsRequest request, Func<RightsRequest, RightsRequest> change) =>
        store.Change(request.Id, change, time.GetUtcNow().ToUnixTimeMilliseconds()) ??
        throw new InvalidOperationException($"Request {request.Id:N} is gone.");
}
