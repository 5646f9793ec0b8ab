using Personalization.Decisioning.Domain.Experiments;
using Personalization.Decisioning.Domain.Experiments.Statistics;
using Personalization.Decisioning.Domain.Journal;
using Personalization.Decisioning.Domain.Rankers;

namespace Personalization.Decisioning.Domain.Life;

/// <summary>By what a version that answers a share of decisions is promoted or taken back, with nobody looking.</summary>
/// <param name="Share">Of the decisions, 0 to 1.</param>
/// <param name="Answers">Of its own that were seen, after which the estimate decides.</param>
/// <param name="MaxDays">After which it is taken back, when there were not as many.</param>
/// <param name="MaxHitRateLoss">Share of the live version's hit rate that it may lose and still be promoted.</param>
internal sealed record CanaryRule(double Share = 0.05, long Answers = 10_000, double MaxDays = 14, double MaxHitRateLoss = 0.05)
{
    /// <summary>Whether a decision is the canary's: drawn from the decision's id, so that it can be told afterwards without being written down.</summary>
    public bool Holds(Guid decisionId, long version) =>
        new Chance(Chance.SeedOf(decisionId) ^ (0xC0A1_A3B5_0000_0000UL + (uint)version)).Share() < Share;

    /// <summary>All that is wrong with it.</summary>
    public IReadOnlyList<FlagFault> Faults()
    {
        var faults = new List<FlagFault>();
        void Within(string name, double value, double least, double most)
        {
            if (!(value >= least && value <= most))
            {
                faults.Add(new($"/{name}", FormattableString.Invariant($"A number from {least} to {most}.")));
            }
        }

        Within("share", Share, 0.001, 0.5);
        Within("answers", Answers, 100, 10_000_000);
        Within("maxDays", MaxDays, 0.01, 90);
        Within("maxHitRateLoss", MaxHitRateLoss, 0, 0.5);
        return faults;
    }
}

/// <summary>What came of one version's answers.</summary>
/// <param name="Answers">That were seen.</param>
/// <param name="Hits">In which something was clicked, or put into the cart or ordered after a click.</param>
internal readonly record struct CanaryTally(long Answers, long Hits)
{
    public double HitRate => Answers == 0 ? 0 : Hits / (double)Answers;

    public CanaryTally Plus(CanaryTally other) => new(Answers + other.Answers, Hits + other.Hits);
}

/// <summary>What is to be done with a canary.</summary>
internal enum CanaryVerdict : byte
{
    GoesOn,
    Promote,
    TakeBack,
}

/// <summary>A canary under way.</summary>
/// <param name="Version">That is tried.</param>
/// <param name="Rule">That decides.</param>
/// <param name="SinceMs">Unix ms.</param>
/// <param name="CountedUntilMs">Decisions before this time are counted.</param>
/// <param name="Live">What came of the live version's answers meanwhile.</param>
/// <param name="Tried">And of this one's.</param>
/// <param name="By">Who began it.</param>
internal sealed record CanaryRun(long Version, CanaryRule Rule, long SinceMs, long CountedUntilMs, CanaryTally Live, CanaryTally Tried, string By)
{
    /// <summary>One in a thousand canaries that lose nothing may be taken back before their answers are in.</summary>
    private const double Alpha = 0.001;

    /// <summary>Which of both made a decision's answer, where either did: what answered before it began is counted for neither.</summary>
    public long VersionOf(Guid decisionId, long live) => Rule.Holds(decisionId, Version) ? Version : live;

    /// <summary>Counts what has come of answers since the last time. Answers count once what may come of them has had time to.</summary>
    /// <param name="counts">Of the decision log.</param>
    /// <param name="versionOf">Which version had a part in a decision; null when the model had none.</param>
    /// <param name="live">Version.</param>
    /// <param name="untilMs">Unix ms; answers since then may still come to something.</param>
    /// <param name="cancellationToken">Asked for every decision.</param>
    public CanaryRun Count(ICanaryCounts counts, Func<DecisionRecord, long?> versionOf, long live, long untilMs, CancellationToken cancellationToken)
    {
        untilMs = Math.Max(CountedUntilMs, untilMs);
        var (ofLive, ofTried) = counts.Count(versionOf, live, this, untilMs, cancellationToken);
        return this with { CountedUntilMs = untilMs, Live = Live.Plus(ofLive), Tried = Tried.Plus(ofTried) };
    }

    /// <summary>
    /// Before the answers are in it is taken back only when it surely loses more than it may, by an interval that may be looked at as often as one
    /// likes; then the estimate decides.
    /// </summary>
    public (CanaryVerdict Verdict, string Reason) Judge(long nowMs)
    {
        var kept = (1 - Rule.MaxHitRateLoss) * Live.HitRate;
        var rates = FormattableString.Invariant($"hit rate {Tried.HitRate:0.####} of {Tried.Answers} answers against {Live.HitRate:0.####} of {Live.Answers}");
        if (Tried.Answers >= Rule.Answers && Live.Answers > 0)
        {
            return Tried.HitRate >= kept ? (CanaryVerdict.Promote, $"not below what it may lose: {rates}") : (CanaryVerdict.TakeBack, $"loses too much: {rates}");
        }

        if (Excess(kept).AlwaysValid(2 * Alpha, Rule.Answers).Upper < 0)
        {
            return (CanaryVerdict.TakeBack, $"surely loses too much: {rates}");
        }

        return nowMs - SinceMs >= Rule.MaxDays * TimeSpan.MillisecondsPerDay
            ? (CanaryVerdict.TakeBack, $"too few answers to tell: {rates}")
            : (CanaryVerdict.GoesOn, rates);
    }

    /// <summary>By how much it is above what it has to keep. Shares of nothing are pulled to the middle, so that a run without hits has a variance too.</summary>
    private Effect Excess(double kept)
    {
        var factor = 1 - Rule.MaxHitRateLoss;
        return Tried.Answers == 0 || Live.Answers == 0
            ? default
            : new Effect(Tried.Answers + Live.Answers, Tried.HitRate - kept, VarianceOf(Tried) + (factor * factor * VarianceOf(Live)));
    }

    private static double VarianceOf(CanaryTally tally)
    {
        var rate = (tally.Hits + 1.0) / (tally.Answers + 2.0);
        return rate * (1 - rate) / tally.Answers;
    }
}

/// <summary>Counts what came of answers, for canaries.</summary>
internal interface ICanaryCounts
{
    /// <summary>Answers of decisions from one time up to, but not with, another.</summary>
    /// <param name="versionOf">Which version had a part in a decision; null when the model had none.</param>
    /// <param name="live">Version.</param>
    /// <param name="run">The canary.</param>
    /// <param name="untilMs">Unix ms; from where the run was counted.</param>
    /// <param name="cancellationToken">Asked for every decision.</param>
    (CanaryTally Live, CanaryTally Tried) Count(Func<DecisionRecord, long?> versionOf, long live, CanaryRun run, long untilMs, CancellationToken cancellationToken);
}

/// <summary>Whatever has versions that may be tried on a share of decisions. Thread-safe.</summary>
internal interface ITriesVersions
{
    /// <summary>Models.</summary>
    IReadOnlyList<string> Names { get; }

    /// <summary>Counts what has come of a canary's answers since the last time, and does what its rule says.</summary>
    /// <returns>What was done, and why; null when there is no canary.</returns>
    (CanaryVerdict Verdict, long Version, string Reason)? JudgeCanary(string name, ICanaryCounts counts, CancellationToken cancellationToken);
}
