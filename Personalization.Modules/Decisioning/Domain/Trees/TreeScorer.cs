using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using Personalization.Decisioning.Domain.Candidates;

namespace Personalization.Decisioning.Domain.Trees;

/// <summary>Candidates as a ranker saw them, without what a tree said of them.</summary>
/// <param name="Items">In the order in which they were proposed.</param>
/// <param name="Rows">Their features, <see cref="FeatureTable.Width"/> each.</param>
internal sealed record TreeQuestion(int[] Items, byte[] Rows)
{
    /// <summary>Copies those that have features.</summary>
    public static TreeQuestion Of(ReadOnlySpan<SlateEntry> slate, Func<int, ReadOnlySpan<byte>> featuresOf)
    {
        var (items, rows) = (new List<int>(slate.Length), new List<byte>(slate.Length * FeatureTable.Width));
        foreach (ref readonly var entry in slate)
        {
            if (entry.Row > 0)
            {
                items.Add(entry.Item);
                rows.AddRange(featuresOf(entry.Row - 1));
                rows[^(FeatureTable.Width - FeatureTable.Tree)] = 0;
            }
        }

        return new TreeQuestion([.. items], [.. rows]);
    }

    public ReadOnlySpan<byte> this[int row] => Rows.AsSpan(row * FeatureTable.Width, FeatureTable.Width);
}

/// <summary>Asks tree models about candidates: their features are found by their names, and one that we do not have is unknown to them. Any thread.</summary>
/// <param name="names">Of our features, by their place; null for a place that means nothing.</param>
internal sealed class TreeScorer(string?[] names)
{
    private readonly ConditionalWeakTable<TreeModel, int[]> _places = [];

    /// <summary>What a model makes of a candidate, 0 to 1.</summary>
    /// <param name="model">To be asked.</param>
    /// <param name="row">The candidate's features.</param>
    /// <param name="room">Working memory, reused.</param>
    public double Predict(TreeModel model, ReadOnlySpan<byte> row, List<double> room)
    {
        if (!_places.TryGetValue(model, out var places))
        {
            places = _places.GetValue(model, asked => [.. asked.FeatureNames.Select(name => Array.IndexOf(names, name))]);
        }

        CollectionsMarshal.SetCount(room, places.Length + model.Outputs);
        var all = CollectionsMarshal.AsSpan(room);
        var input = all[..places.Length];
        var output = all[places.Length..];
        for (var i = 0; i < input.Length; i++)
        {
            input[i] = places[i] < 0 ? double.NaN : row[places[i]] / 255.0;
        }

        model.Predict(input, output);
        var value = output[^1];
        return model.Link is TreeLink.Logistic or TreeLink.Softmax ? value : 1 / (1 + Math.Exp(-value));
    }

    /// <summary>The best candidates by a model alone.</summary>
    /// <returns>How many there are.</returns>
    public int Order(TreeModel model, TreeQuestion asked, List<double> room, Span<ScoredItem> best)
    {
        var all = new ScoredItem[asked.Items.Length];
        for (var row = 0; row < all.Length; row++)
        {
            all[row] = new ScoredItem(asked.Items[row], (float)Predict(model, asked[row], room), -1);
        }

        all.AsSpan().Sort(static (one, other) => other.Score.CompareTo(one.Score) is var order and not 0 ? order : one.Item.CompareTo(other.Item));
        var count = Math.Min(all.Length, best.Length);
        all.AsSpan(0, count).CopyTo(best);
        return count;
    }
}
