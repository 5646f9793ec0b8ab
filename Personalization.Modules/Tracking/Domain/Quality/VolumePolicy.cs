namespace Personalization.Tracking.Domain.Quality;

/// <summary>
/// When a count is unusual: it differs by many standard deviations and by a factor that matters. The variance is that of a
/// negative binomial, n + (scatter n)². The less the expectation rests on, the wider the bounds.
/// </summary>
/// <param name="Deviations">Standard deviations.</param>
/// <param name="MinExpected">Events that must be expected before too few are unusual.</param>
internal sealed record VolumePolicy(double Deviations, double MinExpected)
{
    private const int MinSpike = 30;

    public VolumeJudgement Judge(double expected, long observed, double scatter, BaselineKind kind, int seconds)
    {
        var factor = kind switch { BaselineKind.Weekly => 2.0, BaselineKind.Daily => 2.5, _ => 5.0 };
        var deviation = Math.Sqrt(Math.Max(expected, 1) + (scatter * expected * scatter * expected));
        var z = (observed - expected) / deviation;
        var bound = kind == BaselineKind.Recent ? Deviations * 1.25 : Deviations;

        // A wide scatter would hide that nothing comes at all: then chance alone is asked, which says no below e^-n.
        var isSilent = observed == 0 && expected >= Math.Max(MinExpected, bound);
        var isDrop = expected >= MinExpected && observed * factor < expected && (z < -bound || isSilent || IsFarBelow(expected, observed, scatter));
        var isSpike = observed >= MinSpike && observed > expected * factor && z > bound;
        var isNormal = Math.Abs(z) < bound / 2 || (observed * 1.5 > expected && observed < expected * 1.5);
        return new VolumeJudgement(isDrop ? -1 : isSpike ? 1 : 0, isNormal, expected, observed, seconds);
    }

    /// <summary>
    /// With a scatter above 1/6 no drop reaches six deviations, because counts end at zero. On a logarithmic scale they do not end:
    /// there the scatter is the deviation, and a tenth of what is expected is far away.
    /// </summary>
    private static bool IsFarBelow(double expected, long observed, double scatter) =>
        Math.Log(expected / (observed + 1)) > Math.Max(3 * scatter, Math.Log(4)) && expected - observed > 4 * Math.Sqrt(expected);
}

/// <summary>A count and what was expected.</summary>
/// <param name="Side">-1 too few, 1 too many, 0 neither.</param>
/// <param name="IsNormal">Clearly usual. Between usual and unusual nothing changes: what is flagged stays so.</param>
/// <param name="Expected">Events in the window.</param>
/// <param name="Observed">Events in the window.</param>
/// <param name="Seconds">Length of the window; 0 when nothing can be said.</param>
internal readonly record struct VolumeJudgement(int Side, bool IsNormal, double Expected, long Observed, int Seconds)
{
    public static readonly VolumeJudgement Unknown;
}
