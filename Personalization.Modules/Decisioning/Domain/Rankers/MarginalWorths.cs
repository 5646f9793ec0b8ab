using System.Numerics;
using System.Runtime.Intrinsics;
using Personalization.Decisioning.Domain.Candidates;

namespace Personalization.Decisioning.Domain.Rankers;

/// <summary>
/// What candidates are worth beside those that were taken before them: their own worth less what they have in common with the most alike of those. Each choice asks
/// about all candidates, so they are asked eight at a time. Reused; one thread at a time.
/// </summary>
internal sealed class MarginalWorths
{
    private const float CategoryLikeness = 0.6f;
    private const float BrandLikeness = 0.4f;

    /// <summary>Like nothing, not even like itself.</summary>
    private const int Unlike = -1;
    private readonly float[] _own = new float[Slate.MaxPool + Vector256<float>.Count];
    private readonly float[] _worth = new float[Slate.MaxPool + Vector256<float>.Count];
    private readonly float[] _likeness = new float[Slate.MaxPool + Vector256<float>.Count];
    private readonly int[] _category = new int[Slate.MaxPool + Vector256<float>.Count];
    private readonly int[] _brand = new int[Slate.MaxPool + Vector256<float>.Count];
    private int _count;

    /// <summary>All that follows is about so many candidates.</summary>
    public void Begin(int count)
    {
        // In whole vectors; what is too many is never the best.
        _count = (count + Vector256<float>.Count - 1) / Vector256<float>.Count * Vector256<float>.Count;
        _own.AsSpan(count, _count - count).Fill(float.NegativeInfinity);
        _likeness.AsSpan(0, _count).Clear();
    }

    /// <param name="candidate">Which.</param>
    /// <param name="own">What it is worth alone.</param>
    /// <param name="category">0 for unknown.</param>
    /// <param name="brand">0 for unknown.</param>
    public void Set(int candidate, float own, int category, int brand) => (_own[candidate], _category[candidate], _brand[candidate]) = (own, category, brand);

    public bool IsTaken(int candidate) => float.IsNegativeInfinity(_own[candidate]);

    /// <summary>Takes the candidate that is worth most; of equals the first.</summary>
    /// <param name="diversity">What likeness costs.</param>
    /// <returns>Which. One at least must be left.</returns>
    public int TakeBest(float diversity)
    {
        var best = Vector256.Create(float.NegativeInfinity);
        for (var i = 0; i < _count; i += Vector256<float>.Count)
        {
            var worth = Vector256.LoadUnsafe(ref _own[i]) - (diversity * Vector256.LoadUnsafe(ref _likeness[i]));
            worth.StoreUnsafe(ref _worth[i]);
            best = Vector256.Max(best, worth);
        }

        var most = best[0];
        for (var i = 1; i < Vector256<float>.Count; i++)
        {
            most = Math.Max(most, best[i]);
        }

        var taken = FirstOf(most);
        _own[taken] = float.NegativeInfinity;
        Compare(taken);
        return taken;
    }

    private int FirstOf(float worth)
    {
        for (var i = 0; i < _count; i += Vector256<float>.Count)
        {
            var found = Vector256.Equals(Vector256.LoadUnsafe(ref _worth[i]), Vector256.Create(worth)).ExtractMostSignificantBits();
            if (found != 0)
            {
                return i + BitOperations.TrailingZeroCount(found);
            }
        }

        throw new InvalidOperationException("A candidate's worth is no number.");
    }

    /// <summary>The others are as much like what was taken as they are like this one, or more.</summary>
    private void Compare(int taken)
    {
        var category = Vector256.Create(_category[taken] == 0 ? Unlike : _category[taken]);
        var brand = Vector256.Create(_brand[taken] == 0 ? Unlike : _brand[taken]);
        for (var i = 0; i < _count; i += Vector256<float>.Count)
        {
            var ofCategory = Vector256.Equals(Vector256.LoadUnsafe(ref _category[i]), category).AsSingle() & Vector256.Create(CategoryLikeness);
            var ofBrand = Vector256.Equals(Vector256.LoadUnsafe(ref _brand[i]), brand).AsSingle() & Vector256.Create(BrandLikeness);
            Vector256.Max(Vector256.LoadUnsafe(ref _likeness[i]), ofCategory + ofBrand).StoreUnsafe(ref _likeness[i]);
        }
    }
}
