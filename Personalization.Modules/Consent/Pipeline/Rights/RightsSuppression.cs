using Personalization.Consent.Domain.Rights;
using Personalization.Consent.Storage.Rights;
using Personalization.Kernel.Privacy;

namespace Personalization.Consent.Pipeline.Rights;

/// <summary>Keeps people out, and lets them in again, by requests of their own. May be repeated. Thread-safe.</summary>
internal sealed class RightsSuppression(ISuppressionList list, RightsStore store, RightsKeys keys, TimeProvider time)
{
    private const string ListName = "privacy/suppression";

    /// <summary>How the list names a request.</summary>
    public static string NameOf(RightsRequest request) => request.Id.ToString("N");

    /// <summary>The receipt counts identifiers.</summary>
    /// <exception cref="SuppressionListFullException">Nothing was changed.</exception>
    public RightsReceipt Suppress(RightsRequest request, ErasureSubject subject)
    {
        var identifiers = subject.OwnKeys ?? subject.IdentifierKeys;
        if (identifiers.Count > 0)
        {
            list.Suppress(NameOf(request), identifiers);
        }

        return new RightsReceipt(ListName, identifiers.Count, 0, 0, "suppressed", time.GetUtcNow());
    }

    /// <summary>
    /// Lifts whatever requests about the person had suppressed, found by the hashes of their identifiers. The receipt counts requests.
    /// </summary>
    public RightsReceipt Lift(RightsRequest request, ErasureSubject subject)
    {
        var suppressing = keys.Seal.HashesOf(subject).Chunk(500).SelectMany(hashes => store.ListOf(hashes))
            .Where(found => found.Id != request.Id && found.Type is RightsType.Suppress or RightsType.Erasure)
            .DistinctBy(found => found.Id)
            .ToList();
        var lifted = suppressing.LongCount(found => list.Lift(NameOf(found), "privacy-request:" + NameOf(request)));
        return new RightsReceipt(ListName, suppressing.Count, lifted, 0, "lifted", time.GetUtcNow());
    }
}
