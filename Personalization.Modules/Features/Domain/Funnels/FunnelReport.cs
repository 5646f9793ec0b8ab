using Personalization.Features.Domain.History;

namespace Personalization.Features.Domain.Funnels;

/// <summary>
/// How far profiles came whose attempts began in a period. Each profile counts once: by the attempt that came furthest, of several the one that was
/// there first. One thread; several are added up.
/// </summary>
internal sealed class FunnelReport
{
    private readonly CompiledFunnel _funnel;
    private readonly long[] _reached;
    private readonly DurationCounts[] _took;

    public FunnelReport(CompiledFunnel funnel)
    {
        _funnel = funnel;
        _reached = new long[funnel.Chain.Steps.Length];
        _took = [.. funnel.Chain.Steps.Select(_ => new DurationCounts())];
    }

    /// <summary>Profiles that completed at least this step, from 0.</summary>
    public long Reached(int step) => _reached[step];

    /// <summary>How long it took from the step before to this one; of the first step nothing.</summary>
    public DurationCounts Took(int step) => _took[step];

    /// <summary>From the first step to the last.</summary>
    public DurationCounts Whole { get; } = new();

    /// <summary>Profiles that were looked at.</summary>
    public long Profiles { get; private set; }

    /// <summary>Profiles of which events of the period may be missing, because only so many are kept.</summary>
    public long Incomplete { get; private set; }

    /// <summary>Takes a profile into account.</summary>
    /// <param name="facts">What it did.</param>
    /// <param name="fromMs">The first step comes at this time or later, Unix ms.</param>
    /// <param name="toMs">And before this one. The other steps may come later.</param>
    public void Add(ProfileFacts facts, long fromMs, long toMs)
    {
        Profiles++;
        Incomplete += facts.IncompleteUntilMs > fromMs ? 1 : 0;
        var run = ChainRun.OfThread;
        run.Run(_funnel.Chain, facts, fromMs, long.MaxValue, toMs);
        for (var step = _reached.Length - 1; step >= 0; step--)
        {
            var ends = run.At(step);
            if (ends.Length > 0)
            {
                Add(run, step, ends[0]);
                return;
            }
        }
    }

    public void Add(FunnelReport other)
    {
        for (var step = 0; step < _reached.Length; step++)
        {
            _reached[step] += other._reached[step];
            _took[step].Add(other._took[step]);
        }

        Whole.Add(other.Whole);
        Profiles += other.Profiles;
        Incomplete += other.Incomplete;
    }

    private void Add(ChainRun run, int step, ChainNode end)
    {
        if (step == _reached.Length - 1)
        {
            Whole.Add(end.TimeMs - end.StartMs);
        }

        for (var node = end; step >= 0; step--)
        {
            _reached[step]++;
            if (step > 0)
            {
                var before = run.At(step - 1)[node.Back];
                _took[step].Add(node.TimeMs - before.TimeMs);
                node = before;
            }
        }
    }
}
