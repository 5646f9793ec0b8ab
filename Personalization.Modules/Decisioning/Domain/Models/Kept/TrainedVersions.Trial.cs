using Microsoft.Extensions.Logging;
using Personalization.Decisioning.Domain.Candidates;
using Personalization.Decisioning.Domain.Journal;
using Personalization.Decisioning.Domain.Life;
using Personalization.Decisioning.Domain.Models.Content;
using Personalization.Decisioning.Domain.Models.Purchases;

namespace Personalization.Decisioning.Domain.Models.Kept;

/// <summary>How trained versions come to answer.</summary>
/// <param name="KeptBefore">Versions that answered before and are kept for a rollback.</param>
/// <param name="CanaryWaitMs">After an answer, until what came of it counts for a canary.</param>
/// <param name="Canary">By what a version that has passed its gates is tried before it answers; null when it answers at once.</param>
internal sealed record TrainedLife(int KeptBefore, long CanaryWaitMs = 0, CanaryRule? Canary = null);

/// <summary>
/// The version that waits, answering a share of decisions until a rule ends that, or answering unseen. While it is tried, what is trained besides is thrown
/// away: neither side may change under the comparison, which is also why the draw from its id tells afterwards which of both made a decision.
/// </summary>
internal sealed partial class TrainedVersions : ITriesVersions
{
    /// <summary>Tries the version that waits on a share of decisions.</summary>
    /// <param name="name">Of the model.</param>
    /// <param name="rule">That ends it.</param>
    /// <param name="despite">Why, although a gate is closed; null to insist on the gates.</param>
    /// <param name="actor">Who.</param>
    /// <returns>Null when it is tried; otherwise why not, every reason of the rule's at once.</returns>
    public string? StartCanary(string name, CanaryRule rule, string? despite, string actor)
    {
        lock (_lock)
        {
            var state = _states.GetValueOrDefault(name, TrainedState.None);
            var refusal = rule.Faults() is { Count: > 0 } faults ? string.Join(' ', faults.Select(fault => $"{fault.Pointer}: {fault.Detail}"))
                : state.Canary is { } running ? $"Version {running.Version} is being tried. One at a time: end it first."
                : state.Candidate is not { } candidate ? "No version waits to be tried."
                : state.Live is null ? "Nothing answers that it could be compared with: promote it."
                : state.Live.OfErasedPeople > 0 || candidate.OfErasedPeople > 0 ? "One of both learnt from somebody who was erased since. The next training makes another."
                : !candidate.Check.HasPassed && despite is null ? $"Closed: {Gates.Closed(candidate.Check.Gates)}. Say why it may be tried all the same."
                : null;
            if (refusal is null)
            {
                Begin(name, rule, actor);
            }

            return refusal;
        }
    }

    /// <summary>Ends a canary without a verdict. False when there is none.</summary>
    public bool EndCanary(string name)
    {
        lock (_lock)
        {
            var state = _states.GetValueOrDefault(name, TrainedState.None);
            return state.Canary is not null && TakeBack(name, state, "It was tried, and somebody ended that.");
        }
    }

    /// <summary>Lets the version that waits answer unseen too, or no longer. False when none waits.</summary>
    public bool SetShadow(string name, bool isOn)
    {
        lock (_lock)
        {
            if (_states.GetValueOrDefault(name) is not { } state || (isOn && state.Candidate is null))
            {
                return false;
            }

            serving.Of(name).SetShadow(isOn ? state.Candidate!.Model : null);
            return true;
        }
    }

    /// <summary>What came of the shadow; null when there is none.</summary>
    public ShadowReport? ReadShadow(string name) => serving.Of(name).ReadShadow();

    public (CanaryVerdict Verdict, long Version, string Reason)? JudgeCanary(string name, ICanaryCounts counts, CancellationToken cancellationToken)
    {
        if (Of(name) is not { Canary: { } run, Live: { } live })
        {
            return null;
        }

        var nowMs = time.GetUtcNow().ToUnixTimeMilliseconds();
        var counted = run.Count(counts, decision => HasPart(name, decision) ? run.VersionOf(decision.Id, live.Model.Version) : null, live.Model.Version, nowMs - life.CanaryWaitMs, cancellationToken);
        lock (_lock)
        {
            if (_states.GetValueOrDefault(name) is not { } state || state.Canary != run)
            {
                return null; // It ended meanwhile.
            }

            var (verdict, reason) = counted.Judge(nowMs);
            switch (verdict)
            {
                case CanaryVerdict.Promote:
                    Serve(state, state.Candidate! with { Note = reason });
                    break;
                case CanaryVerdict.TakeBack:
                    TakeBack(name, state, reason);
                    break;
                default:
                    store.SaveCanary(name, counted);
                    _states[name] = state with { Canary = counted };
                    break;
            }

            return (verdict, run.Version, reason);
        }
    }

    private static bool HasPart(string name, DecisionRecord decision)
    {
        ReadOnlySpan<string> parts = name switch
        {
            NextPurchaseModel.ModelName => [NextPurchaseSource.Code, LinearSimilarSource.Code],
            ContentModel.ModelName => [ContentSource.Code],
            _ => [NeighbourSource.Code],
        };
        foreach (var visit in decision.Visits)
        {
            if (visit.Added > 0 && parts.Contains(visit.Code))
            {
                return true;
            }
        }

        return false;
    }

    private void Begin(string name, CanaryRule rule, string actor)
    {
        var (state, nowMs) = (_states[name], time.GetUtcNow().ToUnixTimeMilliseconds());
        var run = new CanaryRun(state.Candidate!.Model.Version, rule, nowMs, nowMs, default, default, actor);
        store.SaveCanary(name, run);
        _states[name] = state with { Canary = run };
        serving.Of(name).Try(state.Candidate.Model, rule);
    }

    /// <summary>It waits as it did before, and says why.</summary>
    private bool TakeBack(string name, TrainedState state, string reason)
    {
        EndTrials(name, state);
        var back = state.Candidate! with { Note = reason };
        store.Change(null, [(back.Id, TrainedRole.Candidate, reason)], []);
        _states[name] = state with { Candidate = back, Canary = null };
        return true;
    }

    /// <summary>Whatever changes what is live, or what waits, ends what was compared with it.</summary>
    private void EndTrials(string name, TrainedState state)
    {
        serving.Of(name).SetShadow(null);
        if (state.Canary is not null)
        {
            serving.Of(name).Try(null, null);
            store.SaveCanary(name, null);
        }
    }

    private void LoadCanaries()
    {
        foreach (var (name, run) in store.Canaries())
        {
            if (run is not null && _states.GetValueOrDefault(name) is { Live: not null, Candidate: { } candidate } state && candidate.Model.Version == run.Version)
            {
                _states[name] = state with { Canary = run };
                serving.Of(name).Try(candidate.Model, run.Rule);
            }
            else
            {
                store.SaveCanary(name, null); // One of both was refused, or trained anew.
            }
        }
    }

    [LoggerMessage(EventId = 5395, Level = LogLevel.Information, Message = "Model {Model} was trained up to offset {Version}, and is not kept: version {Tried} is being tried")]
    private partial void LogRests(string model, long version, long tried);
}
