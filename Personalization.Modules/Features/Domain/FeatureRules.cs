namespace Personalization.Features.Domain;

/// <summary>The options, in the units of the event path.</summary>
internal sealed class FeatureRules(FeaturesOptions options)
{
    /// <summary>
    /// The middle of the time that features know, so that weights run from 2^-909 to 2^909 at the shortest half-life: a double holds them.
    /// </summary>
    private const long LandmarkMs = EventTime.Epoch + (EventTime.Range / 2);
    private readonly double _halfLivesPerMs = 1 / TimeSpan.FromDays(options.AffinityHalfLifeDays).TotalMilliseconds;

    public long SessionGapMs { get; } = (long)TimeSpan.FromMinutes(options.SessionGapMinutes).TotalMilliseconds;

    public bool SplitsByCampaign { get; } = options.SessionsSplitByCampaign;

    public double ViewWeight { get; } = options.ViewWeight;

    public double AddWeight { get; } = options.AddWeight;

    public double OrderWeight { get; } = options.OrderWeight;

    /// <summary>Weight of an event of weight 1, relative to the landmark.</summary>
    public double ForwardWeight(long timestampMs) => Math.Pow(2, (timestampMs - LandmarkMs) * _halfLivesPerMs);

    /// <summary>What turns forward weights into weights as of a time.</summary>
    public double ScaleAt(long nowMs) => Math.Pow(2, (LandmarkMs - EventTime.Clamp(nowMs)) * _halfLivesPerMs);
}
