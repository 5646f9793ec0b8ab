using System.Buffers.Binary;
using System.Runtime.Intrinsics;
using Personalization.Decisioning.Contracts;
using Personalization.Decisioning.Domain.Candidates;
using Personalization.Decisioning.Domain.Steps;

namespace Personalization.Decisioning.Domain.Rankers;

/// <summary>
/// Puts the candidates of a placement with an online ranker in order: by what is expected of them under weights that are drawn once a decision, from the
/// decision's own id (linear Thompson sampling). When the time is over it leaves the order as it is.
/// </summary>
internal sealed class OnlineRankStep(CandidateFeatures features, WaitingDecisions rankers, TreeFeature trees) : IDecisionStep
{
    public DecisionPhase Phase => DecisionPhase.Rank;

    public string Name => "online_ranker";

    public bool IsRepeatable => true;

    public object CreateScratch() => new Scratch();

    public void Apply(DecisionContext context, object? scratch)
    {
        if (context.Placement.Ranker != PlacementRanker.Online || context.Deadline.IsOver)
        {
            return;
        }

        var own = (Scratch)scratch!;
        if (context.Ranker is null)
        {
            context.Ranker = rankers.Of(context.Placement.Name);
            features.Fill(context);
            if (context.Placement.TreeModel is { } tree)
            {
                trees.Fill(tree, context, own.Tree);
            }

            context.Features.IsFilled = true;
        }

        if (context.Ranker is { } ranker)
        {
            ranker.Draw(Chance.SeedOf(context.DecisionId), context.Placement.Exploration, own.Weights);
            Order(context.Slate.Entries, context.Features, own);
        }
    }

    /// <summary>Best first. What has no features keeps its place behind the rest.</summary>
    private static void Order(Span<SlateEntry> slate, FeatureTable features, Scratch own)
    {
        var keys = own.Keys.AsSpan(0, slate.Length);
        for (var i = 0; i < slate.Length; i++)
        {
            ref var entry = ref slate[i];
            entry.Score = entry.Row == 0 ? -1e6f - i : Dot(features[entry.Row - 1], own.Weights);
            keys[i] = SlateKey.Of(entry.Score, (uint)entry.Item);
        }

        keys.Sort(slate);
        foreach (ref var entry in slate)
        {
            entry.Score = entry.Score < -1e5f ? 0 : 1 / (1 + MathF.Exp(-entry.Score));
        }
    }

    public static float Dot(ReadOnlySpan<byte> features, ReadOnlySpan<float> weights)
    {
        var sums = Vector256<float>.Zero;
        var i = 0;
        for (; i + Vector256<float>.Count <= FeatureTable.Ranked; i += Vector256<float>.Count)
        {
            var (lower, upper) = Vector128.Widen(Vector128.WidenLower(Vector128.CreateScalar(BinaryPrimitives.ReadUInt64LittleEndian(features[i..])).AsByte()));
            sums += Vector256.ConvertToSingle(Vector256.Create(lower, upper).AsInt32()) * Vector256.Create(weights.Slice(i, Vector256<float>.Count));
        }

        var sum = Vector256.Sum(sums);
        for (; i < FeatureTable.Ranked; i++)
        {
            sum += features[i] * weights[i];
        }

        return sum / 255;
    }

    private sealed class Scratch
    {
        public float[] Weights { get; } = new float[FeatureTable.Width];

        public ulong[] Keys { get; } = new ulong[Slate.MaxPool];

        public List<double> Tree { get; } = [];
    }
}
