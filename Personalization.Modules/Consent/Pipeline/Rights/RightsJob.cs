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
    RightsSuppression suppression,
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
        else if (request.Type is RightsType.Suppress or RightsType.Unsuppress)
        {
            request = request.Receipts.Count == 0 ? await SuppressAsync(request, identities, cancellationToken) : request;
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
        var erased = await erasure.EraseAsync(
            RightsSuppression.NameOf(request), () => subject = finder.Find(identities, found.ProfileIds), cancellationToken);

        // One that was done before a crash is not looked for again: who it was is then known by profile, and by the request's own identities.
        var remaining = await access.CountAsync(() => subject ?? finder.Find(identities, found.ProfileIds), cancellationToken);
        var receipts = erased.Receipts.Select(receipt => new RightsReceipt(
            receipt.Store,
            found.Stores.GetValueOrDefault(receipt.Store, receipt.Found),
            receipt.Removed,
            remaining.Stores.GetValueOrDefault(receipt.Store),
            receipt.Method,
            receipt.At));
        return Change(
            request, before => before with { Receipts = ReceiptChain.Seal(request.Id, receipts), ErasureHash = erased.Receipts is [.., var last] ? last.Hash : null });
    }

    private async Task<RightsRequest> SuppressAsync(RightsRequest request, IReadOnlyList<SubjectIdentity> identities, CancellationToken cancellationToken)
    {
        var subject = (await access.CountAsync(() => finder.Find(identities, request.Found!.ProfileIds), cancellationToken)).Subject;
        var receipt = request.Type == RightsType.Suppress ? suppression.Suppress(request, subject) : suppression.Lift(request, subject);
        return Change(request, before => before with { Receipts = ReceiptChain.Seal(request.Id, [receipt]) });
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
