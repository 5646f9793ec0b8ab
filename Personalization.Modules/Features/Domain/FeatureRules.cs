namespace Personalization.Features.Domain;

/// <summary>The options, in the units of the event path.</summary>
internal sealed class FeatureRules(FeaturesOptions options)
{
    private readonly double _halfLifeMs = TimeSpan.FromDays(options.AffinityHalfLifeDays).TotalMilliseconds;

    public long SessionGapMs { get; } = (long)TimeSpan.FromMinutes(options.SessionGapMinutes).TotalMilliseconds;

    public double ViewWeight => options.ViewWeight;

    public double AddWeight => options.AddWeight;

    public double OrderWeight => options.OrderWeight;

    /// <summary>Weight of an event of weight 1, relative to the landmark.</summary>
    public double ForwardWeight(long timestampMs) => Math.Pow(2, (timestampMs - EventTime.Epoch) / _halfLifeMs);

    /// <summary>What turns forward weights into weights as of now.</summary>
    public double ScaleAt(long nowMs) => Math.Pow(2, (EventTime.Epoch - nowMs) / _halfLifeMs);
}
