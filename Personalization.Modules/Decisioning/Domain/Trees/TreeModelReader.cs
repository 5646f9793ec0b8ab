namespace Personalization.Decisioning.Domain.Trees;

/// <summary>A model file cannot be taken; the message says what is wrong with it.</summary>
internal sealed class TreeModelException(string message) : Exception(message);

/// <summary>Reads model files of both formats, which tell themselves apart by how they begin.</summary>
internal static class TreeModelReader
{
    public const int MaxTrees = 20_000;
    public const int MaxNodes = 4_000_000;
    public const int MaxFeatures = 10_000;
    public const int MaxOutputs = 1_000;

    /// <exception cref="TreeModelException">Damaged, too large, or of a kind that is not supported.</exception>
    public static TreeModel Read(ReadOnlySpan<byte> file)
    {
        var beginning = file.TrimStart(" \t\r\n"u8);
        var model = beginning.StartsWith("{"u8) ? XgboostReader.Read(file)
            : beginning.StartsWith("tree"u8) ? LightGbmReader.Read(file)
            : throw new TreeModelException("The file is neither XGBoost's JSON ('{') nor LightGBM's text ('tree').");
        Check(model);
        return model;
    }

    /// <summary>Every tree must be one: each node reached once, from its root, and every index within bounds.</summary>
    private static void Check(TreeModel model)
    {
        var isSeen = new bool[model.Nodes.Length];
        var open = new Stack<int>();
        for (var tree = 0; tree < model.Trees.Length; tree++)
        {
            open.Push(model.Trees[tree].Root);
            while (open.TryPop(out var index))
            {
                if ((uint)index >= (uint)model.Nodes.Length || isSeen[index])
                {
                    throw new TreeModelException($"Tree {tree} is no tree: node {index} does not exist, or is reached twice.");
                }

                isSeen[index] = true;
                ref readonly var node = ref model.Nodes[index];
                if (node.Kind == SplitKind.Leaf)
                {
                    Demand(double.IsFinite(node.Value), tree, "has a leaf that is no number");
                    continue;
                }

                Demand((uint)node.Feature < (uint)model.FeatureNames.Count, tree, "asks for a feature that the model does not have");
                Demand(node.Categories + node.CategoryWords <= model.Categories.Length, tree, "has a set of categories that is cut short");
                open.Push(node.Left);
                open.Push(node.Right);
            }
        }
    }

    private static void Demand(bool isMet, int tree, string fault)
    {
        if (!isMet)
        {
            throw new TreeModelException($"Tree {tree} {fault}.");
        }
    }
}
