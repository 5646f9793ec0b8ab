using Personalization.Decisioning.Domain.Candidates;

namespace Personalization.Decisioning.Domain.Rankers;

/// <summary>A way to put candidates in order: what decided, or what might.</summary>
/// <param name="Name">For reports.</param>
/// <param name="IsRandom">Whether it takes chances; then its order is drawn many times.</param>
internal abstract record RankerPolicy(string Name, bool IsRandom)
{
    /// <summary>What it gives each candidate; the highest stand first.</summary>
    /// <param name="features">By row.</param>
    /// <param name="seed">Of its chance.</param>
    /// <param name="scores">By row.</param>
    public abstract void Score(byte[][] features, ulong seed, Span<double> scores);

    /// <summary>A ranker as it was, or is.</summary>
    public sealed record Sampled(RankerSnapshot Ranker, float Exploration) : RankerPolicy($"{Ranker.Placement}@{Ranker.Version}", Exploration > 0)
    {
        public override void Score(byte[][] features, ulong seed, Span<double> scores)
        {
            Span<float> weights = stackalloc float[FeatureTable.Width];
            Ranker.Draw(seed, Exploration, weights);
            for (var row = 0; row < features.Length; row++)
            {
                scores[row] = OnlineRankStep.Dot(features[row], weights);
            }
        }
    }

    /// <summary>Weights that somebody proposes.</summary>
    public sealed record Weighted(float[] Weights) : RankerPolicy("weights", IsRandom: false)
    {
        public override void Score(byte[][] features, ulong seed, Span<double> scores)
        {
            for (var row = 0; row < features.Length; row++)
            {
                scores[row] = OnlineRankStep.Dot(features[row], Weights);
            }
        }
    }

    /// <summary>The order in which the parts proposed.</summary>
    public sealed record AsProposed() : RankerPolicy("plan", IsRandom: false)
    {
        public override void Score(byte[][] features, ulong seed, Span<double> scores)
        {
            for (var row = 0; row < features.Length; row++)
            {
                scores[row] = -row;
            }
        }
    }
}
