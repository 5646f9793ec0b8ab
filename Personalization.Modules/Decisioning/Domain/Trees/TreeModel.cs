namespace Personalization.Decisioning.Domain.Trees;

/// <summary>What is made of the sum of a model's trees.</summary>
internal enum TreeLink : byte
{
    /// <summary>Nothing: a value or a score to rank by.</summary>
    Identity,

    /// <summary>A probability: 1 / (1 + e^-x).</summary>
    Logistic,

    /// <summary>A rate or amount: e^x.</summary>
    Exponential,

    /// <summary>Probabilities of several classes that add up to 1.</summary>
    Softmax,
}

/// <summary>
/// Gradient-boosted trees that were trained elsewhere. Immutable, for any number of threads; a prediction allocates nothing and takes some ns a node.
/// </summary>
/// <param name="Format">Where it came from: <c>xgboost</c> or <c>lightgbm</c>.</param>
/// <param name="FeatureNames">In the order in which features are given.</param>
/// <param name="Outputs">Values of one prediction: 1, or the number of classes.</param>
/// <param name="Link">What is made of the sums.</param>
/// <param name="Slope">Factor of the sum before <see cref="TreeLink.Logistic"/>.</param>
internal sealed record TreeModel(string Format, IReadOnlyList<string> FeatureNames, int Outputs, TreeLink Link, double Slope = 1)
{
    /// <summary>Nodes of all trees; a tree's children lie in it by index.</summary>
    public required TreeNode[] Nodes { get; init; }

    /// <summary>For each tree its root, the output that it adds to, and its weight.</summary>
    public required (int Root, int Output, float Weight)[] Trees { get; init; }

    /// <summary>Bits of sets of categories, by a node's <see cref="TreeNode.Categories"/>.</summary>
    public required uint[] Categories { get; init; }

    /// <summary>What every sum begins with, by output.</summary>
    public required double[] Base { get; init; }

    /// <summary>Trees of random forests are averaged, boosted ones added.</summary>
    public bool IsAverage { get; init; }

    /// <summary>Predicts for one row.</summary>
    /// <param name="features">By <see cref="FeatureNames"/>; not a number for unknown.</param>
    /// <param name="result">As many as <see cref="Outputs"/>.</param>
    public void Predict(ReadOnlySpan<double> features, Span<double> result)
    {
        ArgumentOutOfRangeException.ThrowIfNotEqual(features.Length, FeatureNames.Count);
        ArgumentOutOfRangeException.ThrowIfNotEqual(result.Length, Outputs);
        Base.CopyTo(result);
        var share = IsAverage ? (double)Outputs / Trees.Length : 1;
        foreach (var (root, output, weight) in Trees)
        {
            result[output] += LeafOf(root, features) * weight * share;
        }

        Apply(result);
    }

    private double LeafOf(int node, ReadOnlySpan<double> features)
    {
        while (true)
        {
            ref readonly var at = ref Nodes[node];
            if (at.Kind == SplitKind.Leaf)
            {
                return at.Value;
            }

            node = GoesLeft(at, features[at.Feature]) ? at.Left : at.Right;
        }
    }

    private bool GoesLeft(TreeNode node, double value)
    {
        if (node.IsZeroMissing && Math.Abs(value) <= TreeNode.ZeroWidth)
        {
            return node.IsDefaultLeft;
        }

        if (double.IsNaN(value))
        {
            if (!node.IsNanZero)
            {
                return node.IsDefaultLeft;
            }

            value = 0;
        }

        return node.Kind switch
        {
            SplitKind.Below => (float)value < (float)node.Value,
            SplitKind.AtMost => value <= node.Value,
            SplitKind.InSet => IsInSet(node, value),
            _ => !IsInSet(node, value),
        };
    }

    private bool IsInSet(TreeNode node, double value)
    {
        if (value < 0 || value >= node.CategoryWords * 32)
        {
            return false;
        }

        var category = (int)value;
        return (Categories[node.Categories + (category >> 5)] >> (category & 31) & 1) != 0;
    }

    private void Apply(Span<double> sums)
    {
        switch (Link)
        {
            case TreeLink.Logistic:
                foreach (ref var sum in sums)
                {
                    sum = 1 / (1 + Math.Exp(-Slope * sum));
                }

                break;
            case TreeLink.Exponential:
                foreach (ref var sum in sums)
                {
                    sum = Math.Exp(sum);
                }

                break;
            case TreeLink.Softmax:
                SoftMax(sums);
                break;
        }
    }

    /// <summary>Relative to the largest, so that nothing overflows.</summary>
    private static void SoftMax(Span<double> sums)
    {
        var largest = double.NegativeInfinity;
        foreach (var sum in sums)
        {
            largest = Math.Max(largest, sum);
        }

        var total = 0.0;
        foreach (ref var sum in sums)
        {
            sum = Math.Exp(sum - largest);
            total += sum;
        }

        foreach (ref var sum in sums)
        {
            sum /= total;
        }
    }
}

/// <summary>How a node divides.</summary>
internal enum SplitKind : byte
{
    Leaf,

    /// <summary>Left when the value, as a float, lies below the threshold: XGBoost.</summary>
    Below,

    /// <summary>Left when it is at most the threshold: LightGBM.</summary>
    AtMost,

    /// <summary>Left when the category is in the set: LightGBM.</summary>
    InSet,

    /// <summary>Left when it is not: XGBoost.</summary>
    NotInSet,
}

/// <summary>One node of a tree.</summary>
internal struct TreeNode
{
    /// <summary>LightGBM's zero: half-way to what a float can tell from it.</summary>
    public const double ZeroWidth = 1e-35;

    /// <summary>Threshold; of a leaf what it adds.</summary>
    public double Value;
    public int Feature;
    public int Left;
    public int Right;

    /// <summary>Where the set of categories begins, and its length, in words of 32 bits.</summary>
    public int Categories;
    public int CategoryWords;
    public SplitKind Kind;

    /// <summary>Where what is unknown goes.</summary>
    public bool IsDefaultLeft;

    /// <summary>Zero counts as unknown.</summary>
    public bool IsZeroMissing;

    /// <summary>What is not a number counts as zero.</summary>
    public bool IsNanZero;
}
