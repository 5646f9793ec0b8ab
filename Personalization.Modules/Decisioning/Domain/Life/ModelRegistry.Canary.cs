namespace Personalization.Decisioning.Domain.Life;

/// <summary>Versions that answer a share of decisions, and the rule that promotes them or takes them back.</summary>
internal sealed partial class ModelRegistry
{
    /// <summary>Lets a version answer a share of decisions until its rule, or somebody, ends that. Needs what a promotion needs.</summary>
    public ModelOutcome? StartCanary(string name, int version, CanaryRule rule, string? despite, string actor)
    {
        lock (_lock)
        {
            if (_models.GetValueOrDefault(name) is not { } known || known.Versions.GetValueOrDefault(version) is not { } candidate)
            {
                return null;
            }

            if (rule.Faults() is { Count: > 0 } faults)
            {
                return new ModelOutcome(null, faults);
            }

            if (known.Rollout.Live == version)
            {
                return ModelOutcome.Refused("/version", "It is live already.");
            }

            if (known.Rollout.Canary is { } running)
            {
                return ModelOutcome.Refused("", $"Version {running.Version} is being tried. One at a time: end it first.");
            }

            if (WhyNot(known, candidate, despite) is { } refused)
            {
                return refused;
            }

            var run = new CanaryRun(version, rule, NowMs(), NowMs(), default, default, actor);
            Save(known, known.Rollout with { Canary = run }, new ModelChange(NowMs(), actor, version, "canary", despite));
            known.Model.Try(version, rule);
            return new ModelOutcome(candidate, []);
        }
    }

    /// <summary>Ends a canary without a verdict: the live version answers everybody again. False when there is none.</summary>
    public bool EndCanary(string name, string? reason, string actor)
    {
        lock (_lock)
        {
            if (_models.GetValueOrDefault(name) is not { Rollout.Canary: { } run } known)
            {
                return false;
            }

            known.Model.Try(null, null);
            Save(known, known.Rollout with { Canary = null }, new ModelChange(NowMs(), actor, (int)run.Version, "canary-end", reason));
            return true;
        }
    }

    public (CanaryVerdict Verdict, long Version, string Reason)? JudgeCanary(string name, ICanaryCounts counts, CancellationToken cancellationToken)
    {
        if (_models.GetValueOrDefault(name) is not { } known || Rollout(name) is not { Canary: { } run } rollout)
        {
            return null;
        }

        var counted = run.Count(counts, known.Model.VersionOf, rollout.Live, NowMs() - _options.CanaryWaitMs, cancellationToken);
        var version = (int)run.Version;
        lock (_lock)
        {
            if (known.Rollout.Canary != run)
            {
                return null; // Somebody ended it meanwhile.
            }

            var (verdict, reason) = counted.Judge(NowMs());
            var change = new ModelChange(NowMs(), "rule", version, verdict switch { CanaryVerdict.Promote => "promote", CanaryVerdict.TakeBack => "canary-back", _ => "canary-look" }, reason);
            if (verdict == CanaryVerdict.Promote)
            {
                Serve(known, version, [.. known.Rollout.Before.TakeLast(KeptBefore - 1), known.Rollout.Live], known.Versions[version].Check?.Measured, change);
            }
            else
            {
                var isOver = verdict == CanaryVerdict.TakeBack;
                Save(known, known.Rollout with { Canary = isOver ? null : counted }, change);
                if (isOver)
                {
                    known.Model.Try(null, null);
                }
            }

            return (verdict, run.Version, reason);
        }
    }
}
