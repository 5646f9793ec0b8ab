namespace Personalization.Features.Domain.Declared;

/// <summary>Reads values of declared features and of the built-in ones. Memory only; any thread.</summary>
internal interface IFeatureValues
{
    /// <summary>The number of a feature, or -1 when none of that name is live. Stays the same while the process runs.</summary>
    int Find(ReadOnlySpan<char> name);

    /// <summary>
    /// The feature's value for a profile as of a time of the log's clock; none when there is nothing to tell (no event yet, a ratio without
    /// a denominator). Allocates nothing.
    /// </summary>
    /// <param name="feature">Its number.</param>
    /// <param name="profileId">A canonical profile.</param>
    /// <param name="nowMs">Unix ms.</param>
    /// <param name="nextChangeMs">When the value will change by time alone; <see cref="long.MaxValue"/> for never. Never too late.</param>
    Scalar Read(int feature, int profileId, long nowMs, out long nextChangeMs);

    /// <summary>The same with room for a value that is a text (the last category, the favourite brand), which lies there.</summary>
    /// <param name="feature">Its number.</param>
    /// <param name="profileId">A canonical profile.</param>
    /// <param name="nowMs">Unix ms.</param>
    /// <param name="text">At least <see cref="Scalar.MaxTextBytes"/>.</param>
    /// <param name="nextChangeMs">When the value will change by time alone.</param>
    Scalar Read(int feature, int profileId, long nowMs, Span<byte> text, out long nextChangeMs) => Read(feature, profileId, nowMs, out nextChangeMs);
}
