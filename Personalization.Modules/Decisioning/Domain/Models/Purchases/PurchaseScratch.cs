using Personalization.Decisioning.Domain.Models.Factors;

namespace Personalization.Decisioning.Domain.Models.Purchases;

/// <summary>Working memory of scoring. One thread at a time; grows with the model and then allocates nothing.</summary>
internal sealed class PurchaseScratch
{
    private uint[] _stamps = [];
    private uint _stamp;

    public int[] Voters { get; } = new int[128];

    public float[] Vector { get; private set; } = [];

    public float[] Work { get; private set; } = [];

    public float[] Scores { get; private set; } = [];

    /// <summary>What was bought and is in the model: matrix numbers and minutes.</summary>
    public int[] Items { get; private set; } = [];

    public int[] Minutes { get; private set; } = [];

    public void Begin(int items, ImplicitFactors? factors)
    {
        if (_stamps.Length < items)
        {
            _stamps = new uint[items];
        }

        if (factors is not null && Work.Length < factors.WorkLength)
        {
            (Work, Vector) = (new float[factors.WorkLength], new float[factors.Factors]);
        }

        if (++_stamp == 0)
        {
            _stamps.AsSpan().Clear();
            _stamp = 1;
        }
    }

    public Span<float> ScoresFor(int items)
    {
        if (Scores.Length < items)
        {
            Scores = new float[items];
        }

        return Scores.AsSpan(0, items);
    }

    public void EnsureHistory(int purchases)
    {
        if (Items.Length < purchases)
        {
            var length = (int)System.Numerics.BitOperations.RoundUpToPowerOf2((uint)purchases);
            (Items, Minutes) = (new int[length], new int[length]);
        }
    }

    public bool IsFirst(int item)
    {
        if (_stamps[item] == _stamp)
        {
            return false;
        }

        _stamps[item] = _stamp;
        return true;
    }
}
