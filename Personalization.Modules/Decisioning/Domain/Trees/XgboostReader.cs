using System.Globalization;
using System.Text.Json;

namespace Personalization.Decisioning.Domain.Trees;

/// <summary>
/// The JSON that XGBoost's <c>save_model</c> writes: <c>gbtree</c> and <c>dart</c>, with missing values and categories. Its documentation:
/// https://xgboost.readthedocs.io/en/stable/tutorials/saving_model.html.
/// </summary>
internal static class XgboostReader
{
    public static TreeModel Read(ReadOnlySpan<byte> file)
    {
        try
        {
            // Thresholds of categorical splits are written as NaN, which JSON does not know.
            return Read(JsonElement.Parse(WithoutNan(file)).GetProperty("learner"));
        }
        catch (KeyNotFoundException)
        {
            throw new TreeModelException("The file is no model as XGBoost saves it: something that every model has is missing, such as 'learner'.");
        }
        catch (Exception error) when (error is JsonException or InvalidOperationException or FormatException or OverflowException or ArgumentOutOfRangeException or IndexOutOfRangeException)
        {
            throw new TreeModelException($"The file is no model as XGBoost saves it: {error.Message}");
        }
    }

    private static TreeModel Read(JsonElement learner)
    {
        var parameters = learner.GetProperty("learner_model_param");
        var classes = Whole(parameters, "num_class");
        var features = Whole(parameters, "num_feature");
        if (parameters.TryGetProperty("num_target", out _) && Whole(parameters, "num_target") > 1)
        {
            throw new TreeModelException("Models of several targets are not supported.");
        }

        if (features is < 0 or > TreeModelReader.MaxFeatures || classes is < 0 or > TreeModelReader.MaxOutputs)
        {
            throw new TreeModelException($"At most {TreeModelReader.MaxFeatures} features and {TreeModelReader.MaxOutputs} classes.");
        }

        var booster = learner.GetProperty("gradient_booster");
        var (model, weights) = booster.GetProperty("name").GetString() switch
        {
            "gbtree" => (booster.GetProperty("model"), default(JsonElement)),
            "dart" => (booster.GetProperty("gbtree").GetProperty("model"), booster.GetProperty("weight_drop")),
            var other => throw new TreeModelException($"The booster '{other}' has no trees."),
        };
        var outputs = Math.Max(1, classes);
        var (link, toMargin) = LinkOf(learner.GetProperty("objective").GetProperty("name").GetString()!);
        var trees = new TreeBuilder();
        var (list, info) = (model.GetProperty("trees"), model.GetProperty("tree_info"));
        for (var tree = 0; tree < list.GetArrayLength(); tree++)
        {
            var weight = weights.ValueKind == JsonValueKind.Array ? weights[tree].GetSingle() : 1;
            trees.Begin(info[tree].GetInt32() is var output && output < outputs && output >= 0 ? output : throw new TreeModelException($"Tree {tree} adds to a class that there is not."), weight);
            AddNodes(trees, list[tree]);
        }

        return new TreeModel("xgboost", NamesOf(learner, features), outputs, link)
        {
            Nodes = trees.Nodes,
            Trees = trees.Trees,
            Categories = trees.Categories,
            Base = [.. Enumerable.Range(0, outputs).Select(output => toMargin(BaseOf(parameters, output)))],
        };
    }

    private static void AddNodes(TreeBuilder trees, JsonElement tree)
    {
        var (left, right, features) = (tree.GetProperty("left_children"), tree.GetProperty("right_children"), tree.GetProperty("split_indices"));
        var (conditions, defaults) = (tree.GetProperty("split_conditions"), tree.GetProperty("default_left"));
        var sets = SetsOf(tree);
        var root = trees.Count;
        for (var i = 0; i < left.GetArrayLength(); i++)
        {
            if (left[i].GetInt32() < 0)
            {
                trees.Add(new TreeNode { Kind = SplitKind.Leaf, Value = conditions[i].GetSingle() });
                continue;
            }

            var node = new TreeNode
            {
                Kind = SplitKind.Below,
                Feature = features[i].GetInt32(),
                Left = root + left[i].GetInt32(),
                Right = root + right[i].GetInt32(),
                IsDefaultLeft = defaults[i].ValueKind == JsonValueKind.True || (defaults[i].ValueKind == JsonValueKind.Number && defaults[i].GetInt32() != 0),
            };
            if (sets.TryGetValue(i, out var set))
            {
                (node.Categories, node.CategoryWords) = trees.AddSet(set);
                node.Kind = SplitKind.NotInSet;
            }
            else
            {
                node.Value = conditions[i].GetSingle();
            }

            trees.Add(node);
        }
    }

    /// <summary>The categories that go to the right, by node.</summary>
    private static Dictionary<int, int[]> SetsOf(JsonElement tree)
    {
        var sets = new Dictionary<int, int[]>();
        if (!tree.TryGetProperty("categories_nodes", out var nodes))
        {
            return sets;
        }

        var (starts, sizes, all) = (tree.GetProperty("categories_segments"), tree.GetProperty("categories_sizes"), tree.GetProperty("categories"));
        for (var i = 0; i < nodes.GetArrayLength(); i++)
        {
            var start = starts[i].GetInt32();
            sets[nodes[i].GetInt32()] = [.. Enumerable.Range(start, sizes[i].GetInt32()).Select(at => all[at].GetInt32())];
        }

        return sets;
    }

    private static (TreeLink Link, Func<double, double> ToMargin) LinkOf(string objective) => objective switch
    {
        "binary:logistic" or "reg:logistic" => (TreeLink.Logistic, Logit),
        "binary:logitraw" => (TreeLink.Identity, Same),
        "count:poisson" or "reg:gamma" or "reg:tweedie" => (TreeLink.Exponential, Math.Log),
        "multi:softprob" or "multi:softmax" => (TreeLink.Softmax, Same),
        "rank:pairwise" or "rank:ndcg" or "rank:map" => (TreeLink.Identity, Same),
        "reg:squarederror" or "reg:linear" or "reg:squaredlogerror" or "reg:pseudohubererror" or "reg:absoluteerror" or "reg:quantileerror" => (TreeLink.Identity, Same),
        _ => throw new TreeModelException($"The objective '{objective}' is not supported."),
    };

    private static double Logit(double probability) => -Math.Log((1 / probability) - 1);

    private static double Same(double value) => value;

    /// <summary>A text such as <c>5E-1</c>, or since XGBoost 3.1 a list of them.</summary>
    private static double BaseOf(JsonElement parameters, int output)
    {
        var all = parameters.GetProperty("base_score").GetString()!.Trim('[', ']').Split(',');
        return double.Parse(all[all.Length == 1 ? 0 : output], CultureInfo.InvariantCulture);
    }

    private static List<string> NamesOf(JsonElement learner, int features)
    {
        var names = learner.TryGetProperty("feature_names", out var list) ? list.EnumerateArray().Select(name => name.GetString()!).ToList() : [];
        return names.Count switch
        {
            0 => [.. Enumerable.Range(0, features).Select(i => $"f{i}")],
            var count when count == features => names,
            _ => throw new TreeModelException($"There are {features} features and {names.Count} names."),
        };
    }

    private static int Whole(JsonElement parameters, string name) => int.Parse(parameters.GetProperty(name).GetString()!, CultureInfo.InvariantCulture);

    private static byte[] WithoutNan(ReadOnlySpan<byte> json)
    {
        var copy = json.ToArray();
        var isText = false;
        for (var i = 0; i < copy.Length; i++)
        {
            switch (copy[i])
            {
                case (byte)'"':
                    isText = !isText;
                    break;
                case (byte)'\\' when isText:
                    i++;
                    break;
                case (byte)'N' when !isText && copy.AsSpan(i).StartsWith("NaN"u8):
                    "0  "u8.CopyTo(copy.AsSpan(i));
                    break;
            }
        }

        return copy;
    }
}
