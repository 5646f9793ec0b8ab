using Personalization.Consent.Contracts;
using Personalization.Decisioning.Contracts;
using Personalization.Features.Contracts;
using Personalization.Identity.Contracts;

namespace Personalization.Decisioning.Domain;

/// <summary>Waits a moment for the profile of a shopper that has left memory. Nobody's is brought back who may not be profiled.</summary>
internal sealed class ColdShoppers(IProfileDirectory profiles, IConsent consent, IColdProfiles cold)
{
    /// <summary>Whether the question is about a profile that is known and not in memory. Never touches the disk.</summary>
    public bool IsAway(RecommendationRequest request) =>
        cold.Any && Find(request) is >= 0 and var profile && cold.IsCold(profile)
        && consent.May(profile, Purposes.Profile).IsAllowed && consent.May(profile, Purposes.Personalise).IsAllowed;

    public ValueTask<bool> WaitAsync(RecommendationRequest request, CancellationToken cancellationToken) => cold.WarmAsync(Find(request), cancellationToken);

    private int Find(RecommendationRequest request) =>
        string.IsNullOrEmpty(request.UserId) && string.IsNullOrEmpty(request.AnonymousId) ? -1 : profiles.Find(request.UserId, request.AnonymousId);
}
