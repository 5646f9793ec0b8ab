using Personalization.Consent.Contracts;
using Personalization.Identity.Contracts;
using Personalization.Kernel.Hashing;
using Personalization.Kernel.Privacy;
using Personalization.Tracking.Contracts;

namespace Personalization.Decisioning.Domain.Experiments.Running;

/// <summary>Says under which keys assignments of whoever asks are kept, and whether they may be. Allocates nothing.</summary>
internal sealed class MeasuredPeople(IProfileDirectory profiles, IConsent consent, ISuppressionList suppressed, KeyHasher hasher)
{
    private static readonly IdentifierKind UserId = IdentifierVocabulary.BuiltIn.Kinds[IdentifierKind.UserId - 1];
    private static readonly IdentifierKind AnonymousId = IdentifierVocabulary.BuiltIn.Kinds[IdentifierKind.AnonymousId - 1];

    /// <param name="userId">Null or empty when unknown.</param>
    /// <param name="anonymousId">Null or empty when unknown.</param>
    /// <param name="profile">-1 when there is none.</param>
    /// <param name="person">Their keys; default when nothing may be kept.</param>
    /// <returns>Whether anything may be kept of them.</returns>
    public bool TryIdentify(string? userId, string? anonymousId, out int profile, out PersonKeys person)
    {
        (profile, person) = (profiles.Find(userId, anonymousId), default);
        if (!consent.May(profile, Purposes.Measure).IsAllowed)
        {
            return false;
        }

        var user = string.IsNullOrEmpty(userId) ? default : IdentifierVocabulary.KeyOf(hasher, UserId, userId);
        var anonymous = string.IsNullOrEmpty(anonymousId) ? default : IdentifierVocabulary.KeyOf(hasher, AnonymousId, anonymousId);
        if ((user == default && anonymous == default) || suppressed.Contains(user) || suppressed.Contains(anonymous))
        {
            return false;
        }

        person = new PersonKeys(user, profile < 0 ? default : PersonKeys.OfProfile(profile), anonymous);
        return true;
    }
}
