using Microsoft.AspNetCore.Http;
using Personalization.Kernel.Http;

namespace Personalization.Features.Endpoints.Declared;

/// <summary>The refusals that only features have. Their types stay.</summary>
internal static class FeatureProblems
{
    public static readonly Problem Unknown = new("features/unknown-feature", "No feature of that name is live", StatusCodes.Status404NotFound);
    public static readonly Problem UnknownKey = new("features/unknown-key", "Say whose value: profileId, userId or anonymousId of a profile's feature, item of an item's", StatusCodes.Status400BadRequest);
    public static readonly Problem NotPrepared = new("features/version-not-prepared", "Only a version that is being prepared can be activated; put the body of an older one again", StatusCodes.Status409Conflict);
}
