using System.Runtime.InteropServices;
using System.Security.Cryptography;
using Personalization.Decisioning.Domain.Models.Factors;
using Personalization.Decisioning.Domain.Models.Kept;
using Personalization.Decisioning.Domain.Models.Linear;

namespace Personalization.Decisioning.Domain.Models.Purchases;

/// <summary>What a customer buys next: linear item weights, factors, what is popular, and what the customer buys again. Immutable; any thread.</summary>
internal sealed class NextPurchaseModel : IModel
{
    private readonly PurchaseViews _views;
    private readonly float[] _baseline;
    private readonly float[] _baselineForNew;

    public NextPurchaseModel(PurchaseViews views, BlendWeights weights, BlendWeights forNew, Func<string, ModelLineage> lineage)
    {
        (_views, Weights, ForNew) = (views, weights, forNew);
        _baseline = views.Baseline(weights);
        _baselineForNew = views.Baseline(forNew);
        Lineage = lineage(Fingerprint());
    }

    public const string ModelName = "next-purchases";

    public string Name => ModelName;

    public ModelLineage Lineage { get; }

    /// <summary>Where the same things are bought again.</summary>
    public BlendWeights Weights { get; }

    /// <summary>Where only new things are shown.</summary>
    public BlendWeights ForNew { get; }

    public PurchaseViews Views => _views;

    /// <summary>The best items for a shopper who bought something; none for one who bought nothing that the model knows.</summary>
    /// <param name="history">What the shopper bought, oldest first.</param>
    /// <param name="onlyNew">Whether what was bought before is not wanted; the filter says so too.</param>
    /// <param name="scratch">Working memory.</param>
    /// <param name="filter">Asked only about items that would get in.</param>
    /// <param name="room">Room for the answer.</param>
    public int Find(ReadOnlySpan<Purchase> history, bool onlyNew, PurchaseScratch scratch, ItemFilter filter, Span<ScoredItem> room)
    {
        var matrix = _views.Matrix;
        scratch.EnsureHistory(history.Length);
        var known = 0;
        foreach (var purchase in history)
        {
            if (purchase.MayServe && matrix.LocalOf(purchase.Item) is >= 0 and var item)
            {
                scratch.Items[known] = item;
                scratch.Minutes[known++] = purchase.Minute;
            }
        }

        if (known == 0)
        {
            return 0;
        }

        var scores = scratch.ScoresFor(matrix.Count);
        (onlyNew ? _baselineForNew : _baseline).CopyTo(scores);
        _views.Add(scratch.Items.AsSpan(0, known), scratch.Minutes.AsSpan(0, known), onlyNew ? ForNew : Weights, scratch, scores);
        return Best(scores, matrix.Items, filter, room);
    }

    /// <summary>What goes with an item in the purchases of all: the positive weights of its row, best first.</summary>
    public int FindSimilar(int item, ItemFilter filter, Span<ScoredItem> room)
    {
        if (_views.Matrix.LocalOf(item) is not (>= 0 and var local))
        {
            return 0;
        }

        var count = 0;
        var others = _views.Linear.OthersOf(local);
        var weights = _views.Linear.WeightsOf(local);
        for (var place = 0; place < others.Length && count < room.Length; place++)
        {
            var other = _views.Matrix.Items[others[place]];
            if (weights[place] > 0 && filter.Allows(other))
            {
                room[count++] = new ScoredItem(other, weights[place], item);
            }
        }

        return count;
    }

    /// <summary>All that it answers by. Whose purchases taught it is not in it.</summary>
    public void Write(ModelWriter to)
    {
        to.Number(_views.Matrix.UntilMinute).List<int>(_views.Matrix.Items);
        to.Number(_views.Linear.PerItem).List(_views.Linear.AllItems).List(_views.Linear.AllWeights);
        to.Number(_views.Factors is null ? 0 : 1);
        _views.Factors?.Write(to);
        to.List<float>(_views.PopularLately).List<float>(_views.Popular).List<BlendWeights>([Weights, ForNew]);
    }

    /// <exception cref="InvalidDataException">Its numbers do not fit each other.</exception>
    public static NextPurchaseModel Read(ref ModelReader from, ModelLineage lineage)
    {
        var untilMinute = from.Int();
        var matrix = PurchaseMatrix.OfItems(from.List<int>(), untilMinute);
        var linear = LinearItems.Of(from.Int(), from.List<ushort>(), from.List<float>(), matrix.Count);
        var factors = from.Number() == 0 ? null : ImplicitFactors.Read(ref from, matrix.Count);
        var views = new PurchaseViews(matrix, linear, factors, from.List<float>(), from.List<float>());
        return from.List<BlendWeights>() is [var weights, var forNew]
            ? new NextPurchaseModel(views, weights, forNew, fingerprint => lineage with { Fingerprint = fingerprint })
            : throw new InvalidDataException("There are two sets of weights.");
    }

    private static int Best(ReadOnlySpan<float> scores, int[] items, ItemFilter filter, Span<ScoredItem> room)
    {
        var best = new BestItems(room);
        for (var local = 0; local < scores.Length; local++)
        {
            if (best.Takes(items[local], scores[local]) && filter.Allows(items[local]))
            {
                best.Add(new ScoredItem(items[local], scores[local], -1));
            }
        }

        return best.Count;
    }

    private string Fingerprint()
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        hash.AppendData(MemoryMarshal.AsBytes(_views.Matrix.Items.AsSpan()));
        hash.AppendData(MemoryMarshal.AsBytes(_views.Linear.AllWeights));
        hash.AppendData(MemoryMarshal.AsBytes(_views.Factors is null ? default : _views.Factors.AllItems));
        hash.AppendData(MemoryMarshal.AsBytes(_baseline.AsSpan()));
        hash.AppendData(MemoryMarshal.AsBytes(_baselineForNew.AsSpan()));
        BlendWeights[] weights = [Weights, ForNew];
        hash.AppendData(MemoryMarshal.AsBytes(weights.AsSpan()));
        return Convert.ToHexStringLower(hash.GetHashAndReset());
    }
}
