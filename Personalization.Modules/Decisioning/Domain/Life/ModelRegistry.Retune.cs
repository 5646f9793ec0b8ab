using System.Text.Json;

namespace Personalization.Decisioning.Domain.Life;

/// <summary>What follows when a model has drifted.</summary>
internal sealed partial class ModelRegistry
{
    /// <summary>A version must gain so much on the newest sessions to be tried: less is chance.</summary>
    private const double VisibleGain = 0.02;

    /// <summary>
    /// Looks for parameters that do better on the newest sessions than the live ones, not more often than the options say. What is found becomes a version, passes
    /// the gates like any other, and is tried as a canary, whose rule decides: it was chosen on the very sessions of the gates, so they alone prove nothing.
    /// </summary>
    /// <returns>The version that was found, with its gates; null when there is none, or it is too soon.</returns>
    public ModelVersion? Retune(string name, CancellationToken cancellationToken)
    {
        var known = _models[name];
        lock (_lock)
        {
            var sinceMs = NowMs() - (known.Rollout.RetunedAtMs ?? long.MinValue / 2);
            if (!_options.RetuneOnDrift || known.Rollout.Canary is not null || sinceMs < _options.RetuneEveryHours * TimeSpan.MillisecondsPerHour)
            {
                return null;
            }

            Save(known, known.Rollout with { RetunedAtMs = NowMs() }, new ModelChange(NowMs(), Drift, known.Rollout.Live, "retune", null));
        }

        var live = Find(name, known.Rollout.Live)!;
        if (known.Model.Measure(live.Parameters, _options.HeldOutSessions, cancellationToken) is not { } now)
        {
            return null;
        }

        var (best, bestMrr) = (default(JsonElement?), now.Mrr * (1 + VisibleGain));
        foreach (var variation in known.Model.Variations(live.Parameters))
        {
            if (known.Model.Measure(variation, _options.HeldOutSessions, cancellationToken) is { Mrr: var mrr } && mrr > bestMrr)
            {
                (best, bestMrr) = (variation, mrr);
            }
        }

        if (best is not { } found || Register(name, found, "Found after drift.", Drift)?.Version is not { } made)
        {
            return null;
        }

        var isOpen = Check(name, made.Version, Drift, cancellationToken)?.Version?.Check is { HasPassed: true };
        if (isOpen)
        {
            StartCanary(name, made.Version, new CanaryRule(), null, Drift);
        }

        return Find(name, made.Version);
    }
}
