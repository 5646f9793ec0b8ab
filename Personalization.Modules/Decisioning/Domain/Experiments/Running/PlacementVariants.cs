using Microsoft.Extensions.Options;
using Personalization.Consent.Contracts;
using Personalization.Decisioning.Contracts;
using Personalization.Features.Contracts;
using Personalization.Identity.Contracts;
using Personalization.Kernel.Hashing;
using Personalization.Kernel.Privacy;
using Personalization.Tracking.Contracts;

namespace Personalization.Decisioning.Domain.Experiments.Running;

/// <summary>
/// Gives each person the arm that is theirs. The unit is the person: whoever signs in keeps what their device was given, unless they were given something
/// before. Who may not be measured is assigned by the hash alone: nothing about them is kept or written.
/// </summary>
internal sealed class PlacementVariants(
    ExperimentDesk desk,
    KeptAssignments kept,
    IProfileDirectory profiles,
    IConsent consent,
    ISuppressionList suppressed,
    KeyHasher hasher,
    Action<Exposure> expose,
    IOptions<ExperimentOptions> options,
    TimeProvider time,
    IConditions conditions) : IPlacementVariants
{
    private static readonly IdentifierKind UserId = IdentifierVocabulary.BuiltIn.Kinds[IdentifierKind.UserId - 1];
    private static readonly IdentifierKind AnonymousId = IdentifierVocabulary.BuiltIn.Kinds[IdentifierKind.AnonymousId - 1];
    private readonly LookPool _looks = new(conditions);
    private readonly long _againMs = (long)TimeSpan.FromHours(options.Value.ExposeAgainHours).TotalMilliseconds;

    public Placement For(Placement placement, RecommendationRequest request)
    {
        var running = desk.RunningAt(placement.Name);
        var unit = string.IsNullOrEmpty(request.UserId) ? request.AnonymousId : request.UserId;
        if (running.Length == 0 || string.IsNullOrEmpty(unit))
        {
            return placement;
        }

        var nowMs = time.GetUtcNow().ToUnixTimeMilliseconds();
        var profile = profiles.Find(request.UserId, request.AnonymousId);
        var mayKeep = TryIdentify(request, profile, out var person);
        foreach (var experiment in running)
        {
            if (ArmOf(experiment, request, unit, profile, person, mayKeep, nowMs, out var isDue) is not { IsStopped: false } arm)
            {
                continue;
            }

            if (isDue)
            {
                expose(new Exposure(
                    request.UserId, request.AnonymousId, null, experiment.Key, arm.Key, experiment.Version, DateTimeOffset.FromUnixTimeMilliseconds(nowMs), placement.Name));
            }

            if (!arm.IsPassthrough)
            {
                return arm.Placements.GetValueOrDefault(placement.Name, placement);
            }
        }

        return placement;
    }

    private RunningArm? ArmOf(
        RunningExperiment experiment, RecommendationRequest request, string unit, int profile, in PersonKeys person, bool mayKeep, long nowMs, out bool isDue)
    {
        isDue = false;
        var assignment = mayKeep ? kept.Find(experiment.Number, person, nowMs) : null;
        var arm = assignment?.Arm ?? (IsMeantFor(experiment, request, profile, nowMs) ? experiment.Choose(unit) : -1);
        if (arm < 0 || arm >= experiment.Arms.Length)
        {
            return null;
        }

        if (mayKeep && !experiment.Arms[arm].IsStopped)
        {
            assignment ??= kept.Keep(experiment.Number, person, arm, nowMs);
            arm = assignment?.Arm ?? arm;
            isDue = assignment?.IsDue(nowMs, _againMs) ?? true;
        }

        return experiment.Arms[arm];
    }

    /// <summary>Asked of those who were given no arm yet: whoever has one keeps it. Somebody whose profile may not be used has no past and is in no segment.</summary>
    private bool IsMeantFor(RunningExperiment experiment, RecommendationRequest request, int profile, long nowMs)
    {
        if (experiment.When is not { } when)
        {
            return true;
        }

        var mayUse = profile >= 0 && consent.May(profile, Purposes.Profile).IsAllowed && consent.May(profile, Purposes.Personalise).IsAllowed;
        var look = _looks.Rent();
        try
        {
            look.At(mayUse ? profile : -1, nowMs, request.Context?.Json ?? default);
            return when.Holds(look);
        }
        finally
        {
            _looks.Return(look);
        }
    }

    /// <returns>Whether anything may be kept of them.</returns>
    private bool TryIdentify(RecommendationRequest request, int profile, out PersonKeys person)
    {
        person = default;
        if (!consent.May(profile, Purposes.Measure).IsAllowed)
        {
            return false;
        }

        var user = string.IsNullOrEmpty(request.UserId) ? default : IdentifierVocabulary.KeyOf(hasher, UserId, request.UserId);
        var anonymous = string.IsNullOrEmpty(request.AnonymousId) ? default : IdentifierVocabulary.KeyOf(hasher, AnonymousId, request.AnonymousId);
        if ((user == default && anonymous == default) || suppressed.Contains(user) || suppressed.Contains(anonymous))
        {
            return false;
        }

        person = new PersonKeys(user, profile < 0 ? default : PersonKeys.OfProfile(profile), anonymous);
        return true;
    }
}
