using System.Globalization;
using System.Text;

namespace Personalization.Decisioning.Domain.Trees;

/// <summary>
/// The text that LightGBM's <c>save_model</c> writes, version 3 and 4: sections of <c>key=value</c> lines, the first about the model, then one
/// a tree. Linear trees are not supported. Its source is the only description: <c>src/io/tree.cpp</c> and <c>gbdt_model_text.cpp</c>.
/// </summary>
internal static class LightGbmReader
{
    private const int Categorical = 1;
    private const int DefaultLeft = 2;

    public static TreeModel Read(ReadOnlySpan<byte> file)
    {
        try
        {
            return Read(Sections(Encoding.UTF8.GetString(file)));
        }
        catch (Exception error) when (error is KeyNotFoundException or FormatException or OverflowException or IndexOutOfRangeException or ArgumentException)
        {
            throw new TreeModelException($"The file is no model as LightGBM saves it: {error.Message}");
        }
    }

    private static TreeModel Read(List<Dictionary<string, string>> sections)
    {
        var header = sections[0];
        var names = header["feature_names"].Split(' ', StringSplitOptions.RemoveEmptyEntries);
        var (perRound, trees) = (int.Parse(header["num_tree_per_iteration"], CultureInfo.InvariantCulture), new TreeBuilder());
        if (names.Length > TreeModelReader.MaxFeatures || perRound is < 1 or > TreeModelReader.MaxOutputs)
        {
            throw new TreeModelException($"At most {TreeModelReader.MaxFeatures} features and {TreeModelReader.MaxOutputs} trees an iteration.");
        }

        for (var tree = 1; tree < sections.Count; tree++)
        {
            trees.Begin((tree - 1) % perRound, 1);
            AddNodes(trees, sections[tree], tree - 1);
        }

        var (link, slope) = LinkOf(header.GetValueOrDefault("objective", "regression"));
        return new TreeModel("lightgbm", names, perRound, link, slope)
        {
            Nodes = trees.Nodes,
            Trees = trees.Trees,
            Categories = trees.Categories,
            Base = new double[perRound],
            IsAverage = header.ContainsKey("average_output"),
        };
    }

    /// <summary>Inner nodes first, leaves behind them: a child below zero is the leaf of its complement.</summary>
    private static void AddNodes(TreeBuilder trees, Dictionary<string, string> tree, int number)
    {
        if (tree.TryGetValue("is_linear", out var linear) && linear != "0")
        {
            throw new TreeModelException($"Tree {number} is linear, which is not supported.");
        }

        var leaves = Numbers(tree, "leaf_value");
        if (leaves.Length == 1)
        {
            trees.Add(new TreeNode { Kind = SplitKind.Leaf, Value = leaves[0] });
            return;
        }

        var (features, thresholds, decisions) = (Whole(tree, "split_feature"), Numbers(tree, "threshold"), Whole(tree, "decision_type"));
        var (left, right) = (Whole(tree, "left_child"), Whole(tree, "right_child"));
        var boundaries = tree.ContainsKey("cat_boundaries") ? Whole(tree, "cat_boundaries") : [];
        var sets = tree.TryGetValue("cat_threshold", out var words) ? Split(words).Select(word => uint.Parse(word, CultureInfo.InvariantCulture)).ToArray() : [];
        var root = trees.Count;
        for (var i = 0; i < features.Length; i++)
        {
            var missing = decisions[i] >> 2 & 3;
            var node = new TreeNode
            {
                Kind = SplitKind.AtMost,
                Value = thresholds[i],
                Feature = features[i],
                Left = root + ChildOf(left[i], features.Length),
                Right = root + ChildOf(right[i], features.Length),
                IsDefaultLeft = (decisions[i] & DefaultLeft) != 0,
                IsZeroMissing = missing == 1,
                IsNanZero = missing == 0,
            };
            if ((decisions[i] & Categorical) != 0)
            {
                // What is unknown, or of no set, goes to the right.
                var set = (int)thresholds[i];
                (node.Categories, node.CategoryWords) = trees.AddSet(sets[boundaries[set]..boundaries[set + 1]]);
                (node.Kind, node.IsDefaultLeft, node.IsZeroMissing, node.IsNanZero) = (SplitKind.InSet, false, false, missing != 2);
            }

            trees.Add(node);
        }

        foreach (var leaf in leaves)
        {
            trees.Add(new TreeNode { Kind = SplitKind.Leaf, Value = leaf });
        }
    }

    private static int ChildOf(int child, int inner) => child >= 0 ? child : inner + ~child;

    private static (TreeLink Link, double Slope) LinkOf(string objective)
    {
        var words = Split(objective);
        switch (words[0])
        {
            case "binary" or "cross_entropy" or "xentropy":
                var sigmoid = Array.Find(words, word => word.StartsWith("sigmoid:", StringComparison.Ordinal));
                return (TreeLink.Logistic, sigmoid is null ? 1 : double.Parse(sigmoid["sigmoid:".Length..], CultureInfo.InvariantCulture));
            case "multiclass":
                return (TreeLink.Softmax, 1);
            case "poisson" or "gamma" or "tweedie":
                return (TreeLink.Exponential, 1);
            case "regression" when words.Contains("sqrt", StringComparer.Ordinal):
                throw new TreeModelException("Models of square roots (reg_sqrt) are not supported.");
            case "regression" or "regression_l1" or "huber" or "fair" or "quantile" or "mape" or "lambdarank" or "rank_xendcg":
                return (TreeLink.Identity, 1);
            default:
                throw new TreeModelException($"The objective '{words[0]}' is not supported.");
        }
    }

    private static List<Dictionary<string, string>> Sections(string text)
    {
        var sections = new List<Dictionary<string, string>> { new(StringComparer.Ordinal) };
        foreach (var line in text.AsSpan().EnumerateLines())
        {
            if (line.SequenceEqual("end of trees"))
            {
                return sections;
            }

            var at = line.IndexOf('=');
            var key = at < 0 ? line.ToString() : line[..at].ToString();
            if (key == "Tree")
            {
                sections.Add(new Dictionary<string, string>(StringComparer.Ordinal));
            }
            else if (key.Length > 0)
            {
                sections[^1][key] = at < 0 ? "" : line[(at + 1)..].ToString();
            }
        }

        throw new TreeModelException("The file is cut short: 'end of trees' is missing.");
    }

    private static string[] Split(string text) => text.Split(' ', StringSplitOptions.RemoveEmptyEntries);

    private static int[] Whole(Dictionary<string, string> tree, string key) => [.. Split(tree[key]).Select(word => int.Parse(word, CultureInfo.InvariantCulture))];

    private static double[] Numbers(Dictionary<string, string> tree, string key) => [.. Split(tree[key]).Select(word => double.Parse(word, CultureInfo.InvariantCulture))];
}
