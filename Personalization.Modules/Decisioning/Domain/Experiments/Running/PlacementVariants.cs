using Microsoft.Extensions.Options;
using Personalization.Consent.Contracts;
using Personalization.Decisioning.Contracts;
using Personalization.Features.Contracts;

namespace Personalization.Decisioning.Domain.Experiments.Running;

/// <summary>
/// Gives each person the arm that is theirs. The unit is the person: whoever signs in keeps what their device was given, unless they were given something
/// before. Who may not be measured is assigned by the hash alone: nothing about them is kept or written.
/// </summary>
internal sealed class PlacementVariants(
    ExperimentDesk desk,
    KeptAssignments kept,
    MeasuredPeople people,
    IConsent consent,
    Action<Exposure> expose,
    IOptions<ExperimentOptions> options,
    TimeProvider time,
    IConditions conditions) : IPlacementVariants
{
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
        var mayKeep = people.TryIdentify(request.UserId, request.AnonymousId, out var profile, out var person);
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
}
